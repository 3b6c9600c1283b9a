"""What must always hold, and what must hold once the world is at rest: G1 to G6 of the shop."""

from collections import Counter
from typing import Any
from uuid import UUID

from django.conf import settings

from orders.models import Order, Refund
from shop.models import Product
from stripe_simulator.store import Document
from tests.machine.books import Books, Status

MAY_BECOME = {
    Status.OPEN: set(Status),
    Status.PROCESSING: {Status.PROCESSING, Status.PAID, Status.EXPIRED},
    Status.EXPIRED: {Status.EXPIRED, Status.PAID},
    Status.PAID: {Status.PAID},
}
REFUND_STATUSES = list(Refund.Status)


class Memory:
    """What was seen before, and what people did that changes what is right."""

    def __init__(self) -> None:
        self.units: dict[int, int] = {}  # that staff counted, by product: sold or not
        self.statuses: dict[UUID, str] = {}
        self.orders: dict[int, tuple[Any, ...]] = {}
        self.buyers: dict[int, int | None] = {}
        self.refunds: dict[UUID, str] = {}
        self.released_early: set[UUID] = set()  # checkouts that can still be paid
        self.lost: set[str] = set()  # sessions whose checkout is gone
        # A process that dies between the mail server's OK and the note of it is the one case of
        # a second mail. Counted, not excused: each such death allows one more.
        self.mails_never_noted: Counter[str] = Counter()

    def count_units(self, books: Books, product: Product) -> None:
        """Staff have just counted what is on the shelf."""
        self.units[product.pk] = (product.stock or 0) + books.spoken_for(product)


def check(books: Books, memory: Memory) -> None:
    """Hold every promise that holds at any time."""
    for session in books.sessions:
        check_session(books, memory, session)
    for order in books.orders:
        check_order(books, memory, order)
    for checkout in books.checkouts:
        before = memory.statuses.get(checkout.pk, Status.OPEN)
        assert checkout.status in MAY_BECOME[before], f"{before} became {checkout.status}"
        memory.statuses[checkout.pk] = checkout.status
    sold = Counter[int]()
    for order in books.orders:
        for line in order.lines.all():
            sold[line.product_id or 0] += line.quantity
    for product in books.products:
        assert product.sold_count == sold[product.pk]
        if product.stock is not None:
            assert product.stock >= 0
            counted = product.stock + books.spoken_for(product)
            assert counted == memory.units[product.pk], f"{product}: units appeared or vanished"


def check_session(books: Books, memory: Memory, session: Document) -> None:
    """G1: no two orders; and what can still be paid is still held, once for each checkout."""
    assert len(books.orders_of(session)) <= 1
    checkout = books.checkout_of(session)
    if not checkout:
        assert session["id"] in memory.lost
        return
    twins = [
        other
        for other in books.sessions
        if other["client_reference_id"] == session["client_reference_id"]
    ]
    assert twins == [session], "two sessions of one checkout: it could be paid twice"
    if checkout.pk in memory.released_early:
        return
    if session in books.payable:
        assert checkout.status == Status.OPEN, f"{checkout.status}, but it can still be paid"
    if session in books.delayed:
        assert checkout in books.unfinished, f"{checkout.status}, but its money is on the way"


def check_order(books: Books, memory: Memory, order: Order) -> None:
    """G1, G3 to G6 for one order."""
    session = books.session(order.stripe_session_id)
    assert session, "an order without a session"
    assert session["payment_status"] == "paid", "an order without money"
    checkout = books.checkout_of(session)
    assert not checkout or checkout.status == Status.PAID
    mails_allowed = memory.mails_never_noted[order.number] + 1
    assert books.receipts[order.number] <= mails_allowed, "a second receipt"
    facts = facts_of(order)
    assert memory.orders.setdefault(order.pk, facts) == facts, "an order was changed"
    buyer = memory.buyers.setdefault(order.pk, order.user_id)
    assert order.user_id in (buyer, None), "an order changed hands"
    check_refunds(memory, order)


def facts_of(order: Order) -> tuple[Any, ...]:
    lines = [
        (line.pk, line.product_id, line.product_name, line.unit_price_cents, line.quantity)
        for line in order.lines.all()
    ]
    return (
        *(order.number, order.email, order.stripe_session_id, order.stripe_payment_intent_id),
        *(order.currency, order.subtotal_cents, order.discount_cents, order.shipping_cents),
        *(order.tax_cents, order.total_cents, order.paid_at, order.created_at, tuple(lines)),
    )


def check_refunds(memory: Memory, order: Order) -> None:
    """G4: never more than was paid, the status follows from the sum, and none moves back.

    One that Stripe does not have yet may give way here, and be taken by Stripe after all.
    """
    live = 0
    for refund in order.refunds.all():
        before = memory.refunds.get(refund.pk, Refund.Status.PENDING)
        assert REFUND_STATUSES.index(refund.status) >= REFUND_STATUSES.index(before)
        if refund.stripe_refund_id:
            memory.refunds[refund.pk] = refund.status
        live += refund.amount_cents if refund.status not in ("failed", "canceled") else 0
    assert 0 <= live <= order.total_cents, "more was refunded than paid"
    assert order.refunded_cents == live, "the refunds were not counted"
    partly = "Partially refunded" if live else "Paid"
    assert order.status == ("Refunded" if live == order.total_cents else partly)


def check_at_rest(books: Books, memory: Memory) -> None:
    """Hold what the reconciler promises: nothing is missing and nothing waits."""
    check(books, memory)
    assert not books.unfinished, "a checkout was left over"
    for session in books.paid:
        if session["metadata"].get("site") == settings.SITE_URL:
            check_recorded(books, session)
    for checkout in books.checkouts:
        session = books.session(checkout.stripe_session_id)
        is_paid = bool(session) and session["payment_status"] == "paid"
        assert is_paid == (checkout.status == Status.PAID)
    for order in books.orders:
        assert order.receipt_sent_at, "a receipt was not sent"
        assert books.receipts[order.number] >= 1
        check_against_stripe(books, order)


def check_recorded(books: Books, session: Document) -> None:
    """G1: the order is there, and it is what was paid for."""
    orders = books.orders_of(session)
    assert len(orders) == 1, "money without an order"
    charge = books.charges[session["payment_intent"]]
    assert orders[0].total_cents == session["amount_total"] == charge["amount"]
    assert orders[0].paid_at.timestamp() == charge["created"]
    lines = orders[0].lines.values_list("product_name", "unit_price_cents", "quantity")
    assert list(lines) == [
        (line["description"], line["price"]["unit_amount"], line["quantity"])
        for line in session["_line_items"]
    ]


def check_against_stripe(books: Books, order: Order) -> None:
    """G4: the refunds here are Stripe's; one that Stripe refused is none."""
    charge = books.charges[order.stripe_payment_intent_id or ""]
    there = {
        (refund["id"], refund["amount"], refund["status"])
        for refund in books.refunds
        if refund["payment_intent"] == order.stripe_payment_intent_id
    }
    refunds = order.refunds.all()
    here = {
        (refund.stripe_refund_id, refund.amount_cents, refund.status)
        for refund in refunds
        if refund.stripe_refund_id or refund.status != Refund.Status.FAILED
    }
    assert here == there
    assert order.refunded_cents == charge["amount_refunded"]
    assert order.disputed == charge["disputed"]
