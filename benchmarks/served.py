"""How many pages a second do two workers of gunicorn serve, and how long does one wait?

Eight people ask at once, over and over, from a process on the same machine, which takes its part of
the processors. The lean page and a bare WSGI application are served in the same way in between.
"""

from benchmarks.server import Server, at_once, server
from benchmarks.sites import Databases, collect_static, run

TITLE = "How many pages a second do two workers serve?"
PEOPLE = 8
PAGES = {
    "catalogue": ("/home/", "/home/"),
    "category": ("/home/?category=category-3", "/home/"),
    "search": ("/home/?q=mug", "/home/?q=mug"),
    "product": ("/products/product-9/", "/products/product-9/"),
    "My Orders, 100 orders": ("/orders/", "/orders/"),
    "cart": ("/cart/", None),
}
LEAN = "django.core.wsgi:get_wsgi_application()"


def report(databases: Databases, quick: bool) -> list[str]:
    seconds, products = (2, 1_000) if quick else (8, 10_000)
    lines = [
        f"Of {products:,} products; eight people at once, on the same processors. The last column",
        "is what a page costs the workers, whatever else the machine does.",
        "",
        "| database | page | served by | a second | p50, ms | p99, ms | processor, ms |",
        "|---|---|---|---|---|---|---|",
    ]
    for kind in databases.kinds[-1:] if quick else databases.kinds:
        database = databases.make(kind, "served")
        collect_static(database)
        program = f"from benchmarks.shop_data import *; make_shop({products}, [100])"
        session = run(program, database)["100"]
        with (
            server(database) as shop,
            server(database, LEAN, DJANGO_SETTINGS_MODULE="benchmarks.lean_settings") as lean,
            server(database, "benchmarks.bare") as bare,
        ):
            for name, (ours, theirs) in PAGES.items():
                lines.append(row(kind, name, "the shop", shop, ours, session, seconds))
                if theirs:
                    lines.append(row(kind, name, "lean page", lean, theirs, session, seconds))
            lines.append(row(kind, "30,000 bytes", "bare WSGI", bare, "/", session, seconds))
    return lines


def row(
    kind: str, name: str, by: str, site: Server, path: str, session: str, seconds: float
) -> str:
    def ask(person: int) -> None:
        answer = site.ask(path, {"Host": "127.0.0.1", "Cookie": f"sessionid={session}"})
        if answer.status != 200:
            raise SystemExit(f"{path}: {answer.status}")

    at_once(PEOPLE, 1, ask)  # so that both workers are warm
    before = site.processor_seconds()
    took = at_once(PEOPLE, seconds, ask)
    computed = (site.processor_seconds() - before) * 1000 / len(took)
    middle, slow = took[len(took) // 2], took[len(took) * 99 // 100]
    cells = [kind, name, by, f"{len(took) / seconds:.0f}", f"{middle:.0f}", f"{slow:.0f}"]
    cells.append(f"{computed:.1f}")
    line = f"| {' | '.join(cells)} |"
    print(line, flush=True)
    return line
