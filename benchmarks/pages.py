"""What does a page cost, beside what plain Django costs, in a small shop and in a large one?

The shop and the lean page of `benchmarks/lean.py` answer in turn, each in a process of its own,
from the same database; of each page the median of the processor times counts, and of the two the
ratio. Other work on the machine makes the times longer, and leaves the ratios nearly as they are.
"""

import statistics
from typing import NamedTuple

from benchmarks.sites import Databases, Site, collect_static, run

TITLE = "What does a page cost?"
ORDERS = (0, 100, 10_000)
A_PAGE = 24
SORTS = {
    "price, low to high": "price-low",
    "price, high to low": "price-high",
    "best-selling": "best-selling",
    "name": "name",
}
SEARCHES = {
    "common word": "mug",
    "two words": "blue+mug",
    "one hit": "zanzibar",
    "no hit": "qqqzzz",
}


class Page(NamedTuple):
    name: str
    path: str
    lean: str | None = None  # the address of the lean page that it is compared with
    orders: int | None = 100  # of the shopper who asks; None where nobody is logged in


def pages(products: int) -> list[Page]:
    last = f"/home/?page={-(-products // A_PAGE)}"
    return [
        Page("catalogue, first page", "/home/", "/home/"),
        Page("catalogue, page 20", "/home/?page=20", "/home/?page=20"),
        Page("catalogue, last page", last, last),
        Page("category", "/home/?category=category-3", "/home/"),
        *(Page(f"by {name}", f"/home/?sort={sort}", "/home/") for name, sort in SORTS.items()),
        Page("in stock", "/home/?in_stock=on", "/home/"),
        Page("up to $50", "/home/?price_to=50", "/home/"),
        Page("from $20, in stock", "/home/?in_stock=on&price_from=20", "/home/"),
        *(
            Page(f"search, {name}", f"/home/?q={words}", f"/home/?q={words}")
            for name, words in SEARCHES.items()
        ),
        Page("product", "/products/product-9/", "/products/product-9/"),
        Page("product of a family", "/products/product-0/", "/products/product-9/"),
        Page("cart", "/cart/"),
        *(Page(f"My Orders, {n:,} orders", "/orders/", "/orders/", n) for n in ORDERS),
        Page("log in", "/accounts/login/", orders=None),
    ]


def report(databases: Databases, quick: bool) -> list[str]:
    sizes = [1_000] if quick else [24, 1_000, 10_000, 100_000]
    lines = [
        "Processor time of a request, of shop and database together, the median of several, beside",
        "that of a lean page in plain Django (`benchmarks/lean.py`) from the same database.",
    ]
    for kind in databases.kinds:
        for size in sizes:
            lines += ["", f"### {size:,} products, {kind}", ""]
            lines += measure(databases.make(kind, f"pages_{size}"), size, 5 if quick else 15)
    return lines


def measure(database: str, products: int, rounds: int) -> list[str]:
    """A table of every page in a shop of this size."""
    collect_static(database)
    program = f"from benchmarks.shop_data import *; make_shop({products}, {list(ORDERS)})"
    sessions = run(program, database)
    shop, lean = Site(database), Site(database, "benchmarks.lean_settings")
    lines = ["| page | ms | lean ms | ratio | queries | bytes |", "|---|---|---|---|---|---|"]
    for page in pages(products):
        lines.append(row(page, shop, lean, sessions.get(str(page.orders), ""), rounds))
        print(lines[-1], flush=True)
    shop.close()
    lean.close()
    return lines


def row(page: Page, shop: Site, lean: Site, session: str, rounds: int) -> str:
    ours, theirs = [], []
    for _ in range(rounds):
        answer = shop.ask(page.path, session)
        ours.append(answer["ms"])
        if page.lean:
            theirs.append(lean.ask(page.lean, session)["ms"])
    name = page.name if answer["status"] == 200 else f"{page.name} ({answer['status']})"
    mine = statistics.median(ours)
    cells = [name, f"{mine:.1f}", "–", "–"]
    if theirs:
        other = statistics.median(theirs)
        cells[2:] = [f"{other:.1f}", f"{mine / other:.2f}"]
    return f"| {' | '.join([*cells, str(answer['queries']), str(answer['bytes'])])} |"
