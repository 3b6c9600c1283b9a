"""What the shop has written down and what Stripe knows, read once a step."""

import json
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.core import mail
from django.db import transaction
from django.db.models import Sum

from accounts.models import User
from orders.models import Dispute, Order, OrderLine, Refund
from shop.models import Checkout, CheckoutLine, Product, StockMovement, StripeCustomer
from stripe_simulator import store
from stripe_simulator.store import Document

Status = Checkout.Status
RECORDS = (
    *(Product, StockMovement, Checkout, CheckoutLine, StripeCustomer),
    *(Order, OrderLine, Refund, Dispute),
)
FILLED_BY_A_SHOP = ("accounts", "shop", "orders", "admin", "sessions")
SIMULATORS_TABLES = ("objects", "idempotency", "deliveries", "faults", "late", "switches")


@dataclass(frozen=True)
class Books:
    products: list[Product]
    moved: dict[int, int]  # what the stock movements of a product add up to
    checkouts: list[Checkout]
    orders: list[Order]
    keys: dict[int, str]  # by which Stripe names a shopper, by the primary key here
    sessions: list[Document]  # of this shop, at Stripe, oldest first, as are the others
    charges: dict[str, Document]  # by payment intent, only those that succeeded
    under_way: set[str]  # payment intents of delayed payments
    refunds: list[Document]
    disputes: list[Document]
    warned: set[str]  # payment intents that Radar warns of
    customers: list[str]  # that Stripe knows, of this shop
    kept: dict[str, int | None]  # customers, with whose they are here
    foreign_payments: list[str]  # of other tools on the account
    arrivals: dict[str, int]  # when the money of a delayed payment came, by session
    mails: Counter[str]  # receipts by order number, word of refunds by Stripe's id of the refund
    events_due: int
    requests_late: int

    def product(self, product_id: int) -> Product | None:
        return next((product for product in self.products if product.pk == product_id), None)

    def session(self, session_id: str | None) -> Document | None:
        return next((found for found in self.sessions if found["id"] == session_id), None)

    def checkout_of(self, session: Document) -> Checkout | None:
        key = session["client_reference_id"]
        return next((found for found in self.checkouts if str(found.pk) == key), None)

    def orders_of(self, session: Document) -> list[Order]:
        return [order for order in self.orders if order.stripe_session_id == session["id"]]

    def disputes_of(self, payment_intent_id: str | None) -> list[Document]:
        return [found for found in self.disputes if found["payment_intent"] == payment_intent_id]

    @property
    def payable(self) -> list[Document]:
        now = store.now()
        open_ones = [session for session in self.sessions if session["status"] == "open"]
        return [session for session in open_ones if session["expires_at"] > now]

    @property
    def paid(self) -> list[Document]:
        return [session for session in self.sessions if is_paid(session)]

    @property
    def delayed(self) -> list[Document]:
        return [found for found in self.sessions if found["payment_intent"] in self.under_way]

    @property
    def charged(self) -> set[str]:
        """Sessions whose buyers would be wrong to believe that they were not charged."""
        return {session["id"] for session in self.paid + self.delayed}

    @property
    def unfinished(self) -> list[Checkout]:
        return [checkout for checkout in self.checkouts if checkout.status in Checkout.UNFINISHED]

    @property
    def refundable(self) -> list[Document]:
        """Charges, as the bank sees them."""
        return [
            charge
            for charge in self.charges.values()
            if charge["amount_refunded"] < charge["amount"]
            and all(
                dispute["is_charge_refundable"]
                for dispute in self.disputes_of(charge["payment_intent"])
            )
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


def is_paid(session: Document) -> bool:
    return session["payment_status"] in ("paid", "no_payment_required") and (
        session["status"] == "complete"
    )


def read() -> Books:
    with store.transaction() as db:
        rows = db.execute("SELECT object, json FROM objects WHERE object != 'event' ORDER BY seq")
        stripe: dict[str, list[Document]] = defaultdict(list)
        for kind, text in rows.fetchall():
            stripe[kind].append(json.loads(text))
        arrived = (f"{store.field('type')} = ?", "checkout.session.async_payment_succeeded")
        arrivals = db.find("event", arrived)
        due = "SELECT count(*) FROM deliveries WHERE state = 'pending' AND due_at <= ?"
        events_due = db.execute(due, [store.now()]).fetchone()[0]
        requests_late = db.execute("SELECT count(*) FROM late").fetchone()[0]
    # Others have no reference to a checkout of ours, whatever their metadata say.
    sessions = [found for found in stripe["checkout.session"] if found["client_reference_id"]]
    ours = {session["payment_intent"] for session in sessions}
    of_ours = {
        kind: [found for found in stripe[kind] if found["payment_intent"] in ours]
        for kind in ("charge", "refund", "dispute", "radar.early_fraud_warning")
    }
    return Books(
        products=list(Product.objects.order_by("pk")),
        moved=dict(StockMovement.objects.order_by().values_list("product").annotate(Sum("change"))),
        checkouts=list(Checkout.objects.order_by("created_at").prefetch_related("lines")),
        orders=list(Order.objects.order_by("pk").prefetch_related("lines", "refunds", "disputes")),
        keys={pk: str(key) for pk, key in User.objects.values_list("pk", "stripe_key")},
        sessions=sessions,
        charges={found["payment_intent"]: found for found in of_ours["charge"] if found["paid"]},
        under_way={
            intent["id"]
            for intent in stripe["payment_intent"]
            if intent["status"] == "processing" and intent["id"] in ours
        },
        refunds=of_ours["refund"],
        disputes=of_ours["dispute"],
        warned={found["payment_intent"] for found in of_ours["radar.early_fraud_warning"]},
        customers=[found["id"] for found in stripe["customer"] if not found.get("deleted")],
        kept=dict(StripeCustomer.objects.values_list("stripe_id", "user_id")),
        foreign_payments=[
            found["payment_intent"]
            for found in stripe["charge"]
            if found["paid"] and found["payment_intent"] not in ours
        ],
        arrivals={event["data"]["object"]["id"]: event["created"] for event in arrivals},
        mails=Counter(
            message.extra_headers["Message-ID"].split(".")[1].split("@")[0]
            for message in mail.outbox
            if "Message-ID" in message.extra_headers
        ),
        events_due=events_due,
        requests_late=requests_late,
    )


def copy() -> dict[str, list[dict[str, Any]]]:
    """Every row of the shop's records, to see whether anything changed."""
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in RECORDS}


def empty() -> None:
    """A new shop and a new Stripe account."""
    mail.outbox.clear()
    empty_shop()
    with store.transaction() as db:
        for table in SIMULATORS_TABLES:
            db.execute(f"DELETE FROM {table}")  # noqa: S608


def empty_shop() -> None:
    with transaction.atomic():
        for model in shop_models():
            model._base_manager.all()._raw_delete("default")


def shop_models() -> list[Any]:
    models = apps.get_models(include_auto_created=True)
    return [model for model in models if model._meta.app_label in FILLED_BY_A_SHOP]


Backup = list[list[Any]]


def back_up() -> Backup:
    """Every row of the shop, as `pg_dump` would have it."""
    return [list(model._base_manager.all()) for model in shop_models()]


def restore(backup: Backup) -> None:
    """The shop as it was; what Stripe knows, and what was mailed, stays."""
    empty_shop()
    with transaction.atomic():
        for rows in backup:
            for row in rows:
                row.save_base(raw=True, force_insert=True)  # just as it was, its times too
