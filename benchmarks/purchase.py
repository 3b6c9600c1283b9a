"""What does a purchase cost? One JSON object a step, asked of the database in DATABASE_URL.

    python -m benchmarks.purchase 25

Each step is measured so many times, without Stripe's share.
"""

import json
import logging
import statistics
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

from django.db import connection

# The first import sets Django up.
from benchmarks.instant_stripe import payments  # isort: skip
from accounts import background
from accounts.models import User
from benchmarks.cost import note, processor_seconds
from benchmarks.stripe_event import event
from orders import events
from orders.recording import record_order
from shop.checkout import start_checkout
from shop.models import CartItem, Product


def main() -> None:
    logging.disable()
    background.do_soon = lambda job: None  # the receipt is for another thread
    costs: dict[str, list[tuple[float, int]]] = {}
    products = list(Product.objects.filter(stock__gt=100_000)[:5])
    for number in range(int(sys.argv[1])):
        for lines in (1, 5):
            name = f"buyer-{number}-{lines}"
            shopper = User.objects.create_user(name, f"{name}@example.com")
            for step, cost in purchase(shopper, products[:lines], by_event=number % 2 == 1):
                costs.setdefault(f"{step}, {lines} line{'s' * (lines > 1)}", []).append(cost)
    for name, each in costs.items():
        milliseconds = statistics.median(ms for ms, _ in each)
        print(json.dumps({"step": name, "ms": milliseconds, "queries": each[-1][1]}))


def purchase(shopper: User, products: list[Product], *, by_event: bool) -> Any:
    wanted = [(product.pk, 1) for product in products]
    for product in products:
        CartItem.objects.create(user=shopper, product=product, quantity=1, price_seen_cents=1)
    url, cost = measure(lambda: start_checkout(shopper, wanted, prices_seen={}, from_cart=True))
    yield "start of a checkout", cost
    session_id = url.rpartition("/")[2]
    if not by_event:
        yield "record_order", measure(lambda: record_order(session_id))[1]
    else:
        body, headers = event(session_id)
        heard = payments.parse_event(body.encode(), headers["Stripe-Signature"])
        yield "webhook", measure(lambda: events.handle(heard))[1]


def measure(act: Callable[[], Any]) -> tuple[Any, tuple[float, int]]:
    queries: list[str] = []
    with connection.execute_wrapper(partial(note, queries)):
        started = processor_seconds()
        result = act()
        spent = processor_seconds() - started
    # What begins and ends a transaction is counted with neither database.
    asked = [sql for sql in queries if not sql.startswith("BEGIN")]
    return result, (spent * 1000, len(asked))


if __name__ == "__main__":
    main()
