"""What must always hold: G1 to G6 and G9 of the shop. What holds at rest is in at_rest.py."""

from collections import Counter
from typing import Any

from orders.models import Order, Refund
from shop.models import Checkout
from stripe_simulator.store import Document
from tests.machine.books import Books, Status, is_paid
from tests.machine.memory import Memory

MAY_BECOME = {
    Status.OPEN: set(Status),
    Status.PROCESSING: {Status.PROCESSING, Status.PAID, Status.EXPIRED},
    Status.EXPIRED: {Status.EXPIRED, Status.PAID},
    Status.PAID: {Status.PAID},
}


def check(books: Books, memory: Memory) -> None:
    """Hold every promise that holds at any time."""
    memory.see(books)
    for session in books.sessions:
        check_session(books, memory, session)
    for order in books.orders:
        check_order(books, memory, order)
    for checkout in books.checkouts:
        check_checkout(memory, checkout)
    check_stock(books, memory)
    check_customers(books, memory)


def check_customers(books: Books, memory: Memory) -> None:
    """G9: nobody is greeted at Stripe's page by somebody else's name, address and card."""
    for session in books.sessions:
        buyer, _ = memory.sold_to[session["id"]]
        if user_id := books.kept.get(session["customer"] or ""):
            assert books.keys[user_id] == buyer, "a customer of someone else"


def check_stock(books: Books, memory: Memory) -> None:
    """G2."""
    sold = Counter[int]()
    for order in books.orders:
        for line in order.lines.all():
            sold[line.product_id or 0] += line.quantity
    for product in books.products:
        assert product.sold_count == sold[product.pk]
        assert books.moved.get(product.pk, 0) == (product.stock or 0), "stock without a movement"
        if product.stock is not None:
            assert product.stock >= 0
            counted = product.stock + books.spoken_for(product)
            assert counted == memory.units[product.pk], f"{product}: units appeared or vanished"


def check_checkout(memory: Memory, checkout: Checkout) -> None:
    """G5; and G7, where the account with the money's whereabouts is out of reach."""
    before = memory.statuses.get(checkout.pk, Status.OPEN)
    assert checkout.status in MAY_BECOME[before], f"{before} became {checkout.status}"
    memory.statuses[checkout.pk] = checkout.status
    is_unknown = checkout.stripe_session_id in memory.forgotten
    if is_unknown and before == Status.PROCESSING and checkout.status == Status.EXPIRED:
        assert checkout.needs_review or checkout.pk in memory.released_early


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
    if checkout.pk in memory.released_early or memory.is_stray(session):
        return
    if session in books.payable:
        assert checkout.status == Status.OPEN, f"{checkout.status}, but it can still be paid"
    if session in books.delayed:
        assert checkout in books.unfinished, f"{checkout.status}, but its money is on the way"


def check_order(books: Books, memory: Memory, order: Order) -> None:
    """G1, G3 to G6 and G9 for one order."""
    session = books.session(order.stripe_session_id)
    if order.stripe_session_id not in memory.forgotten:
        assert session, "an order without a session"
        assert is_paid(session), "an order without money"
        checkout = books.checkout_of(session)
        assert not checkout or checkout.status == Status.PAID
    for one in (order.number, *(refund.stripe_refund_id for refund in order.refunds.all())):
        mails_allowed = memory.mails_never_noted[one] + 1
        assert books.mails[one] <= mails_allowed, "a second receipt, or word of a refund"
    facts = facts_of(order)
    assert memory.orders.setdefault(order.pk, facts) == facts, "an order was changed"
    check_buyer(books, memory, order)
    check_refunds(memory, order)
    settled = memory.resolved[order.number]
    assert order.needs_review or set(order.reasons) <= settled, "a reason that nobody sees"
    assert len(set(order.reasons)) == len(order.reasons), "the same reason twice"


def check_buyer(books: Books, memory: Memory, order: Order) -> None:
    """G9."""
    # Nulls may leave nothing of the address but what the buyer's account says.
    key, email = memory.sold_to[order.stripe_session_id]
    assert order.user_id is None or books.keys[order.user_id] == key, "the order of someone else"
    assert order.email in (email, ""), "the receipt of someone else"
    before = memory.buyers.setdefault(order.pk, order.user_id)
    assert order.user_id in (before, None), "an order changed hands"


def facts_of(order: Order) -> tuple[Any, ...]:
    lines = [
        (line.pk, line.product_id, line.product_name, line.unit_price_cents, line.quantity)
        for line in order.lines.all()
    ]
    return (
        *(order.number, order.email, order.stripe_session_id, order.stripe_payment_intent_id),
        *(order.currency, order.subtotal_cents, order.discount_cents, order.shipping_cents),
        *(order.delivery_name, order.expected_from, order.expected_to),
        *(order.tax_cents, order.total_cents, order.paid_at, order.created_at, tuple(lines)),
    )


def check_refunds(memory: Memory, order: Order) -> None:
    """G4: never more than was paid, the status follows from the sum, and none moves back.

    One that Stripe does not have yet may fail here, and be taken by Stripe after all.
    """
    refunds = order.refunds.all()
    for refund in refunds:
        assert memory.amounts.setdefault(refund.pk, refund.amount_cents) == refund.amount_cents
        how_far = Refund.rank(refund.status)
        assert how_far >= memory.refunds.get(refund.pk, 0), "a refund moved back"
        if refund.stripe_refund_id:
            memory.refunds[refund.pk] = how_far
    given = sum(
        refund.amount_cents for refund in refunds if refund.is_live and refund.stripe_refund_id
    )
    assert 0 <= given <= order.total_cents, "more was refunded than paid"
    assert order.refunded_cents == given, "the refunds were not counted"
    assert order.status == status_of(order, given)


def status_of(order: Order, given: int) -> str:
    if not given:
        return "Paid" if order.total_cents else "Ordered"
    return "Refunded" if given == order.total_cents else "Partially refunded"
