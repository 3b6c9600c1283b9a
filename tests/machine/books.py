"""What the shop has written down and what Stripe knows, read once a step."""

import json
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.core import mail
from django.db import transaction

from orders.models import Order, OrderLine, Refund
from shop.models import Checkout, CheckoutLine, Product
from stripe_simulator import store
from stripe_simulator.store import Document

Status = Checkout.Status
RECORDS = (Product, Checkout, CheckoutLine, Order, OrderLine, Refund)
FILLED_BY_A_SHOP = ("accounts", "shop", "orders", "admin", "sessions")


@dataclass(frozen=True)
class Books:
    products: list[Product]
    checkouts: list[Checkout]
    orders: list[Order]
    sessions: list[Document]  # at Stripe, oldest first, as are the others
    charges: dict[str, Document]  # by payment intent, only those that succeeded
    under_way: set[str]  # payment intents of delayed payments
    refunds: list[Document]
    receipts: Counter[str]  # mails by order number
    events_due: int

    def product(self, product_id: int) -> Product | None:
        return next((product for product in self.products if product.pk == product_id), None)

    def session(self, session_id: str | None) -> Document | None:
        return next((found for found in self.sessions if found["id"] == session_id), None)

    def checkout_of(self, session: Document) -> Checkout | None:
        key = session["client_reference_id"]
        return next((found for found in self.checkouts if str(found.pk) == key), None)

    def orders_of(self, session: Document) -> list[Order]:
        return [order for order in self.orders if order.stripe_session_id == session["id"]]

    @property
    def payable(self) -> list[Document]:
        now = store.now()
        open_ones = [session for session in self.sessions if session["status"] == "open"]
        return [session for session in open_ones if session["expires_at"] > now]

    @property
    def paid(self) -> list[Document]:
        return [session for session in self.sessions if session["payment_status"] == "paid"]

    @property
    def delayed(self) -> list[Document]:
        return [found for found in self.sessions if found["payment_intent"] in self.under_way]

    @property
    def charged(self) -> set[str]:
        """Sessions whose buyers would be wrong to believe that they were not charged."""
        return {session["id"] for session in self.paid + self.delayed}

    @property
    def unfinished(self) -> list[Checkout]:
        statuses = (Status.OPEN, Status.PROCESSING)
        return [checkout for checkout in self.checkouts if checkout.status in statuses]

    @property
    def refundable(self) -> list[Document]:
        """Charges, as the bank sees them."""
        return [
            charge
            for charge in self.charges.values()
            if charge["amount_refunded"] < charge["amount"] and not charge["disputed"]
        ]

    def spoken_for(self, product: Product) -> int:
        """Units that are neither on the shelf nor lost: held by unfinished checkouts, or sold.

        What was paid after its hold had been released was sold without being taken: the order
        says so, and people sort it out.
        """
        late = {
            order.stripe_session_id
            for order in self.orders
            if "after the checkout had ended" in order.review_reason
        }
        return sum(
            line.quantity
            for checkout in self.checkouts
            if checkout.status != Status.EXPIRED and checkout.stripe_session_id not in late
            for line in checkout.lines.all()
            if line.holds_stock and line.product_id == product.pk
        )


def read() -> Books:
    with store.transaction() as db:
        rows = db.execute("SELECT object, json FROM objects WHERE object != 'event' ORDER BY seq")
        stripe: dict[str, list[Document]] = defaultdict(list)
        for kind, text in rows.fetchall():
            stripe[kind].append(json.loads(text))
        due = "SELECT count(*) FROM deliveries WHERE state = 'pending' AND due_at <= ?"
        events_due = db.execute(due, [store.now()]).fetchone()[0]
    return Books(
        products=list(Product.objects.order_by("pk")),
        checkouts=list(Checkout.objects.order_by("created_at").prefetch_related("lines")),
        orders=list(Order.objects.order_by("pk").prefetch_related("lines", "refunds")),
        sessions=stripe["checkout.session"],
        charges={charge["payment_intent"]: charge for charge in stripe["charge"] if charge["paid"]},
        under_way={
            intent["id"] for intent in stripe["payment_intent"] if intent["status"] == "processing"
        },
        refunds=stripe["refund"],
        receipts=Counter(
            message.extra_headers["Message-ID"].split(".")[1].split("@")[0]
            for message in mail.outbox
            if "Message-ID" in message.extra_headers
        ),
        events_due=events_due,
    )


def copy() -> dict[str, list[dict[str, Any]]]:
    """Every row of the shop's records, to see whether anything changed."""
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in RECORDS}


def empty() -> None:
    """A new shop and a new Stripe account."""
    mail.outbox.clear()
    with transaction.atomic():
        for model in apps.get_models(include_auto_created=True):
            if model._meta.app_label in FILLED_BY_A_SHOP:
                model._base_manager.all()._raw_delete("default")
    with store.transaction() as db:
        for table in ("objects", "idempotency", "deliveries", "faults", "late", "switches"):
            db.execute(f"DELETE FROM {table}")  # noqa: S608
