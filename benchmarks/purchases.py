"""What does a purchase cost, and how many a second do two workers carry?

Stripe's share is left out: `benchmarks/instant_stripe.py` answers at once. Eight shoppers buy one
of fifty products over and over; of each purchase Stripe tells twice, and the shopper comes back. In
the end each paid session has to be exactly one order, and the stock has to be what is left.
"""

import json
import subprocess
import sys
from typing import Any
from urllib.parse import urlencode

from benchmarks.server import Server, at_once, server
from benchmarks.sites import PROJECT, Databases, collect_static, environment, run
from benchmarks.stripe_event import event

TITLE = "What does a purchase cost?"
SHOPPERS = 8
TOKEN = "t" * 32
PRODUCTS, STOCK = 50, 1_000_000
FILL = f"from benchmarks.shop_data import *; make_shop(1000, [*range({SHOPPERS})]); "
FILL += f"Product.objects.filter(pk__lte={PRODUCTS}).update(stock={STOCK}, is_active=True)"
# How many orders there are of paid sessions, how many checkouts ended otherwise, and how many
# pieces were sold without leaving the stock, or the other way round.
LEDGER = f"""
import json
from django.db.models import F, Sum
from orders.models import Order, OrderLine
from shop.models import Checkout, Product
paid = Checkout.objects.filter(status="paid").values("stripe_session_id")
orders = Order.objects.filter(stripe_session_id__in=paid)
sold = OrderLine.objects.filter(order__in=orders).aggregate(n=Sum("quantity"))["n"]
left = Product.objects.filter(pk__lte={PRODUCTS}).aggregate(n=Sum({STOCK} - F("stock")))["n"]
print(json.dumps(dict(orders=orders.count(), missing=sold - left,
    unpaid=Checkout.objects.exclude(status="paid").count())))
"""


def report(databases: Databases, quick: bool) -> list[str]:
    lines = ["Stripe's share is left out. Processor time of shop and database together.", ""]
    lines += ["| database | step | ms | queries |", "|---|---|---|---|"]
    rates = []
    for kind in databases.kinds:
        database = databases.make(kind, "purchases")
        collect_static(database)
        sessions = run(FILL, database)
        for step in steps(database, 5 if quick else 25):
            lines.append(f"| {kind} | {step['step']} | {step['ms']:.1f} | {step['queries']} |")
            print(lines[-1], flush=True)
        rates.append(carry(kind, database, sessions, 4 if quick else 15))
        print(rates[-1], flush=True)
    head = ["| database | purchases a second | p50, ms | p99, ms | sessions | orders |"]
    return [*lines, "", *head, "|---|---|---|---|---|---|", *rates]


def steps(database: str, rounds: int) -> list[dict[str, Any]]:
    said = subprocess.run(
        [sys.executable, "-m", "benchmarks.purchase", str(rounds)],
        cwd=PROJECT,
        env=environment(database),
        stdout=subprocess.PIPE,
        check=True,
    ).stdout
    return [json.loads(line) for line in said.splitlines() if line.startswith(b"{")]


def carry(kind: str, database: str, sessions: dict[str, str], seconds: float) -> str:
    paid: list[str] = []
    before = run(LEDGER, database)["orders"]
    with server(database, "benchmarks.instant_stripe") as shop:

        def buy(person: int) -> None:
            paid.append(purchase(shop, sessions[str(person)], 1 + len(paid) % PRODUCTS))

        took = at_once(SHOPPERS, seconds, buy)
    found = run(LEDGER, database)
    orders = found["orders"] - before
    if orders != len(set(paid)) or found["unpaid"] or found["missing"]:
        raise SystemExit(f"{kind}: {len(set(paid))} sessions were paid; the ledger: {found}")
    middle, slow = took[len(took) // 2], took[len(took) * 99 // 100]
    cells = [kind, f"{len(took) / seconds:.1f}", f"{middle:.0f}", f"{slow:.0f}"]
    return f"| {' | '.join([*cells, str(len(set(paid))), str(orders)])} |"


def purchase(shop: Server, session: str, product: int) -> str:
    """From Buy to the success page; the session."""
    browser = {"Host": "127.0.0.1", "Cookie": f"sessionid={session}; csrftoken={TOKEN}"}
    form = urlencode({"quantity": 1, "csrfmiddlewaretoken": TOKEN})
    typed = browser | {"Content-Type": "application/x-www-form-urlencoded"}
    answer = shop.ask(f"/checkout/{product}/", typed, "POST", form)
    url = answer.headers.get("Location", "")
    session_id = url.rpartition("/")[2]
    if answer.status != 303 or not session_id:
        raise SystemExit(f"Buy: {answer.status} {url}")
    body, headers = event(session_id)
    for _ in range(2):
        answer = shop.ask("/webhooks/stripe/", headers | {"Host": "127.0.0.1"}, "POST", body)
        if answer.status != 200:
            raise SystemExit(f"webhook: {answer.status}")
    answer = shop.ask(f"/success/?session_id={session_id}", browser)
    if answer.status not in (200, 302):
        raise SystemExit(f"success page: {answer.status}")
    return session_id
