"""Does a page of the admin cost the same with a million orders as with a thousand?

Two shops on one PostgreSQL, of the same 500 days, are asked in turn; the processor time counts that
the shop and the database spend together. At most three times as much is the aim.
"""

import statistics
from typing import Any

from benchmarks.sites import Databases, Site, collect_static, run
from tests.plans import PAGES

TITLE = "Does the admin cost the same with a million orders?"
SMALL = 1_000


def report(databases: Databases, quick: bool) -> list[str]:
    large = 50_000 if quick else 1_000_000
    sites = {}
    for size in (SMALL, large):
        database = databases.make("PostgreSQL", f"orders_{size}")
        collect_static(database)
        session = run(f"from benchmarks.shop_data import *; make_orders({size})", database)
        sites[size] = (Site(database), session)
    lines = [
        "Processor time of shop and database together, on PostgreSQL, the median of several.",
        "",
        f"| page | {SMALL:,} orders, ms | {large:,} orders, ms | ratio | queries | bytes |",
        "|---|---|---|---|---|---|",
    ]
    for page in PAGES:
        spent: dict[int, list[float]] = {size: [] for size in sites}
        answers: dict[int, dict[str, Any]] = {}
        for _ in range(3 if quick else 7):
            for size, (site, session) in sites.items():
                answer = answers[size] = site.ask(page, session)
                spent[size].append(answer["ms"])
        small, much = (statistics.median(each) for each in spent.values())
        cells = [f"`{page}`", f"{small:.1f}", f"{much:.1f}", f"{much / small:.2f}"]
        if answer["status"] != 200:
            raise SystemExit(f"{page} answered {answer['status']}: its cost says nothing.")
        if answers[SMALL]["status"] != 200:
            cells[1:] = ["–", f"{much:.1f}", "–"]  # so few orders have no such page
        cells += [str(answer["queries"]), f"{answers[SMALL]['bytes']} → {answer['bytes']}"]
        lines.append(f"| {' | '.join(cells)} |")
        print(lines[-1], flush=True)
    for site, _ in sites.values():
        site.close()
    return lines
