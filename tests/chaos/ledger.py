"""The shop as it opens, and whether it all adds up in the end; imported once Django is set up."""

import re
from collections import Counter
from collections.abc import Collection, Iterable
from contextlib import closing, suppress
from datetime import timedelta
from io import StringIO
from typing import Any

import time_machine
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.db.models import QuerySet, Sum
from django.utils import timezone

from accounts.models import User
from orders.models import Order, OrderLine, Refund
from shop.models import Category, Checkout, CheckoutLine, DeliveryOption, Product
from stripe_simulator import delivery, store

from .mail import be_well
from .sessions import is_paid, our_sessions
from .shoppers import PASSWORD

END_OF_MAIL = "-" * 79

Stock = dict[int, int | None]


def open_shop(names: Iterable[str], staff: str, purchases: int) -> Stock:
    """People who want to buy, and products: some are soon sold out, some are not counted."""
    delivery.background = False  # the servers deliver, as long as they are there
    call_command("migrate", verbosity=0)
    password = make_password(PASSWORD)
    User.objects.bulk_create(
        User(username=name, email=f"{name}@example.com", password=password) for name in names
    )
    User.objects.create(
        username=staff,
        email=f"{staff}@example.com",
        password=password,
        is_staff=True,
        is_superuser=True,
    )
    for name, price_cents in (("Post", 490), ("Courier", 1200)):
        DeliveryOption.objects.create(
            name=name, price_cents=price_cents, days_min=1, days_max=2, countries="US"
        )
    category = Category.objects.create(name="Everything", slug="everything")
    for number, stock in enumerate([purchases // 20] * 5 + [purchases * 10] * 2 + [None] * 3):
        Product.objects.create(
            name=f"Thing {number}",
            slug=f"thing-{number}",
            category=category,
            price_cents=1000 + number,
            stock=stock,
        )
    return dict(Product.objects.values_list("pk", "stock"))


def count_paid() -> int:
    with store.transaction() as db:
        ours = f"object = 'checkout.session' AND {store.field('client_reference_id')} IS NOT NULL"
        paid = f"{store.field('payment_status')} IN ('paid', 'no_payment_required')"
        complete = f"{store.field('status')} = 'complete'"
        count = f"SELECT count(*) FROM objects WHERE {ours} AND {paid} AND {complete}"  # noqa: S608
        return db.execute(count).fetchone()[0]


def count_second_pages(known: Collection[str]) -> int:
    """Pages of Stripe that a shopper has the address of, and can pay at beside another one.

    A session that was made by a request whose answer was lost has no address that anybody knows.
    """
    open_ones = [session for session in our_sessions() if session["status"] == "open"]
    return surplus(one["metadata"]["buyer"] for one in open_ones if one["id"] in known)


def reconcile(since: str = "3d") -> str:
    """What reconcile_stripe says."""
    output = StringIO()
    # Its words say what is wrong; and the database may just be started again.
    with suppress(SystemExit, DatabaseError), closing(connection):
        call_command("reconcile_stripe", f"--since={since}", stdout=output)
    return output.getvalue().strip()


def reconcile_an_hour_later() -> tuple[str, str]:
    """What it says when every open checkout is past its time, and the second time."""
    be_well()
    with time_machine.travel(timezone.now() + timedelta(hours=1)):
        return reconcile(), reconcile()


def account(stock: Stock) -> dict[str, int]:
    """The ledger: what Stripe knows beside what the shop knows."""
    sessions = our_sessions()
    paid = {session["id"]: session["amount_total"] for session in sessions if is_paid(session)}
    orders = dict(Order.objects.values_list("stripe_session_id", "total_cents"))
    payments = Order.objects.exclude(stripe_payment_intent_id=None)  # a code may leave nothing
    receipts = receipts_sent()
    refunds = Refund.objects.all()
    untold = Checkout.objects.filter(payment_failed_at__isnull=False, failure_told_at=None)
    numbers = set(Order.objects.values_list("number", flat=True))
    return {
        "sessions paid": len(paid),
        "orders": Order.objects.count(),
        "lost": len(paid.keys() - orders.keys()),
        "duplicates": surplus(s["client_reference_id"] for s in sessions)
        + surplus(Order.objects.values_list("stripe_session_id", flat=True))
        + surplus(payments.values_list("stripe_payment_intent_id", flat=True)),
        "orders nobody paid": len(orders.keys() - paid.keys()),
        "differences in stock": stock_differences(stock),
        "cents unaccounted for": abs(sum(paid.values()) - sum(orders.values())),
        "checkouts still open": Checkout.objects.filter(status=Checkout.Status.OPEN).count(),
        "refunds that wait": refunds.filter(status="pending", stripe_refund_id=None).count(),
        "buyers not told": untold.count(),
        "receipts": receipts.total(),
        "orders without receipt": len(numbers - receipts.keys()),
        "receipts sent again": receipts.total() - len(receipts),
    }


def stock_differences(stock: Stock) -> int:
    """How many pieces are neither sold nor held by a checkout nor there, or are so twice; or were
    moved without a row that says so."""
    held = CheckoutLine.objects.filter(checkout__status__in=Checkout.UNFINISHED, holds_stock=True)
    differences = 0
    for product in Product.objects.filter(stock__isnull=False):
        gone = pieces(held.filter(product=product)) + pieces(
            OrderLine.objects.filter(product=product)
        )
        differences += abs((stock[product.pk] or 0) - gone - (product.stock or 0))
        moved = product.stock_movements.aggregate(pieces=Sum("change", default=0))["pieces"]
        differences += abs(moved - (product.stock or 0))
    return differences


def pieces(lines: QuerySet[Any]) -> int:
    return lines.aggregate(pieces=Sum("quantity", default=0))["pieces"]


def receipts_sent() -> Counter[str]:
    """How often each order's receipt was sent; half a mail of a killed worker is none."""
    sent: Counter[str] = Counter()
    for file in settings.EMAIL_FILE_PATH.glob("*.log"):
        whole_mails = file.read_text(encoding="utf-8").rpartition(END_OF_MAIL)[0]
        sent.update(re.findall(r"^Message-ID: <receipt\.(\w+)@", whole_mails, re.MULTILINE))
    return sent


def surplus(values: Iterable[object]) -> int:
    counted = Counter(values)
    return counted.total() - len(counted)


def close() -> None:
    """Leave the database, before its server ends for one."""
    connection.close()
    if connection.vendor == "postgresql":
        connection.close_pool()
