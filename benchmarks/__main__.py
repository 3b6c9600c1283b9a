"""What does a page cost, beside what plain Django costs, in a small shop and in a large one?

    make bench            all sizes, in about ten minutes
    make bench QUICK=1    the small ones, in about two

The shop and the lean page of `benchmarks/lean.py` answer in turn, each in a process of its own,
from the same database; of each page the median of the processor times counts, and of the two the
ratio. Other work on the machine makes the times longer, and leaves the ratios nearly as they are.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

RESULTS = Path(__file__).parent / "results.md"
ORDERS = (0, 100, 10_000)


class Page(NamedTuple):
    name: str
    path: str
    lean: str | None  # the address of the lean page that it is compared with
    orders: int = 100  # of the shopper who asks

    def __str__(self) -> str:
        return self.name


PAGES = [
    Page("catalogue, first page", "/home/", "/home/"),
    Page("catalogue, page 20", "/home/?page=20", "/home/?page=20"),
    Page("category", "/home/?category=category-3", "/home/"),
    Page("by price", "/home/?sort=price-low", "/home/"),
    Page("best-selling", "/home/?sort=best-selling", "/home/"),
    Page("in stock, up to $50", "/home/?in_stock=on&price_to=50", "/home/"),
    Page("search, common word", "/home/?q=mug", "/home/?q=mug"),
    Page("search, two words", "/home/?q=blue+mug", "/home/?q=blue+mug"),
    Page("search, one hit", "/home/?q=zanzibar", "/home/?q=zanzibar"),
    Page("search, no hit", "/home/?q=qqqzzz", "/home/?q=qqqzzz"),
    Page("product", "/products/product-9/", "/products/product-9/"),
    Page("cart", "/cart/", None),
    *(Page(f"My Orders, {n:,} orders", "/orders/", "/orders/", n) for n in ORDERS),
]


class Site:
    """One of the two, in a process of its own."""

    def __init__(self, settings: str, environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "benchmarks.answer"],
            env=environment | {"DJANGO_SETTINGS_MODULE": settings},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, path: str, session: str) -> dict[str, Any]:
        print(json.dumps({"path": path, "session": session}), file=self.process.stdin, flush=True)
        answer: dict[str, Any] = json.loads((self.process.stdout or sys.stdin).readline())
        return answer

    def close(self) -> None:
        self.process.communicate()


def measure(products: int, rounds: int, folder: Path) -> list[str]:
    """A table of every page in a shop of this size."""
    environment = os.environ | {
        "DEBUG": "false",
        "SECRET_KEY": "k" * 60,
        "SITE_URL": "http://127.0.0.1",
        "STRIPE_SECRET_KEY": "sk_test_benchmark",
        "STRIPE_WEBHOOK_SECRET": "whsec_benchmark",
        "DATABASE_URL": os.environ.get("DATABASE_URL") or f"sqlite:///{folder}/{products}.sqlite3",
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    call = f"make_shop({products}, {list(ORDERS)})"
    program = f"import django; django.setup(); from benchmarks.shop_data import *; {call}"
    collect = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"]
    subprocess.run(collect, env=environment, check=True)
    made = subprocess.check_output([sys.executable, "-c", program], env=environment, text=True)
    sessions = json.loads(made.splitlines()[-1])
    shop = Site("config.settings", environment)
    lean = Site("benchmarks.lean_settings", environment)
    rows = [row(page, shop, lean, sessions[str(page.orders)], rounds) for page in PAGES]
    shop.close()
    lean.close()
    head = ["| page | ms | lean ms | ratio | queries | bytes |", "|---|---|---|---|---|---|"]
    return [f"## {products:,} products", "", *head, *rows, ""]


def row(page: Page, shop: Site, lean: Site, session: str, rounds: int) -> str:
    ours, theirs = [], []
    for _ in range(rounds):
        answer = shop.ask(page.path, session)
        ours.append(answer["ms"])
        if page.lean:
            theirs.append(lean.ask(page.lean, session)["ms"])
    mine = statistics.median(ours)
    cells = [str(page), f"{mine:.1f}"]
    if theirs:
        other = statistics.median(theirs)
        cells += [f"{other:.1f}", f"{mine / other:.2f}"]
    else:
        cells += ["–", "–"]
    return f"| {' | '.join([*cells, str(answer['queries']), str(answer['bytes'])])} |"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args().quick
    sizes = [24, 1_000, 10_000] if quick else [24, 1_000, 10_000, 100_000]
    lines = [
        "# What a page costs",
        "",
        f"{datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, {os.cpu_count()} processors, "
        f"Python {platform.python_version()}; written by `make bench`.",
        "",
        "Processor time of a request, the median of several, beside that of a lean page in plain",
        "Django (`benchmarks/lean.py`), measured in turn from the same database.",
        "",
    ]
    with tempfile.TemporaryDirectory() as folder:
        for size in sizes:
            table = measure(size, 5 if quick else 15, Path(folder))
            print("\n".join(table), flush=True)
            lines += table
    RESULTS.write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
