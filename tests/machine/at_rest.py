"""What must hold once nobody does anything and the reconciler has run: G1, G3, G7."""

from django.core import mail

from orders.disputes import FRAUD_WARNING
from orders.models import TO_SHIP, Dispute, Order, Refund
from shop.models import Checkout
from stripe_simulator.store import Document
from tests.machine.books import Books, Status, is_paid
from tests.machine.memory import Memory
from tests.machine.promises import check

DECIDED = ("succeeded", "failed", "canceled")


def check_at_rest(books: Books, memory: Memory) -> None:
    """Hold what the reconciler promises: nothing is missing and nothing waits."""
    check(books, memory)
    assert not books.unfinished, "a checkout was left over"
    for session in books.paid:
        if session["id"] not in memory.edited:
            check_recorded(books, memory, session)
    for checkout in books.checkouts:
        check_ended(books, memory, checkout)
    for order in books.orders:
        if order.email:
            assert order.receipt_sent_at, "a receipt was not sent"
            assert books.mails[order.number] >= 1
            due = order.refunds.exclude(status__in=Refund.DEAD).filter(mail_due_at__isnull=False)
            assert not due.exists(), "nobody told the buyer of a refund"
        else:  # Stripe did not tell it, and the account is gone
            assert any("Who bought it is not known" in reason for reason in order.reasons)
        check_promised_refunds(memory, order)
        if order.stripe_session_id in memory.forgotten:
            check_nothing_waits_for_a_forgotten_account(order)
        else:
            check_against_stripe(books, order)
            check_disputes(books, order)
    check_nothing_doubtful_is_packed(books, memory)
    check_customers(books, memory)


def check_customers(books: Books, memory: Memory) -> None:
    """What Stripe keeps of a shopper for the next time, an account here has: or it is deleted."""
    assert None not in books.kept.values(), "a customer was left over"
    for session in books.paid:
        if session["id"] not in memory.edited and not memory.had_nulls:
            customer_id = session["customer"]
            assert customer_id not in books.customers or customer_id in books.kept


def check_ended(books: Books, memory: Memory, checkout: Checkout) -> None:
    if checkout.payment_failed_at:
        assert checkout.failure_told_at, "nobody told the buyer that the payment failed"
        told = [message for message in mail.outbox if checkout.email in message.to]
        assert any("did not arrive" in message.subject for message in told)
    if checkout.stripe_session_id in memory.forgotten:
        return
    session = books.session(checkout.stripe_session_id)
    assert (bool(session) and is_paid(session)) == (checkout.status == Status.PAID)


def check_recorded(books: Books, memory: Memory, session: Document) -> None:
    """G1: the order is there, and it is what was paid for."""
    orders = books.orders_of(session)
    assert len(orders) == 1, "money without an order"
    order = orders[0]
    assert order.total_cents == session["amount_total"]
    if not memory.had_nulls:
        chosen = session["_shipping_rates"][session["_shipping_chosen"]]
        assert order.delivery_name == chosen["display_name"]
        assert order.shipping_cents == chosen["fixed_amount"]["amount"]
        assert "delivery" not in order.review_reason
    if charge := books.charges.get(session["payment_intent"]):
        assert order.total_cents == charge["amount"]
        check_moment(books, order, charge["created"])
    is_rebuilt = not books.checkout_of(session)
    if is_rebuilt:
        assert any("rebuilt from what Stripe knows" in reason for reason in order.reasons)
    if not (is_rebuilt and memory.had_nulls):  # which may leave a line without a name
        lines = order.lines.values_list("product_name", "unit_price_cents", "quantity")
        assert list(lines) == [
            (line["description"], line["price"]["unit_amount"], line["quantity"])
            for line in session["_line_items"]
        ]


def check_moment(books: Books, order: Order, charged_at: int) -> None:
    """A debit that settles after days belongs to the day on which it did."""
    arrived_at = books.arrivals.get(order.stripe_session_id, charged_at)
    moment = order.paid_at.timestamp()
    if arrived_at - charged_at < 3600:
        assert moment in (charged_at, arrived_at)
    else:
        assert moment == arrived_at, "paid before the money came"


def check_against_stripe(books: Books, order: Order) -> None:
    """G4: the refunds here are Stripe's; one that Stripe refused is none."""
    there = {
        (refund["id"], refund["amount"], refund["status"] or "pending")
        for refund in books.refunds
        if refund["payment_intent"] == order.stripe_payment_intent_id
    }
    here = {
        (refund.stripe_refund_id, refund.amount_cents, refund.status)
        for refund in order.refunds.all()
        if refund.stripe_refund_id or refund.is_live
    }
    assert here == there
    charge = books.charges.get(order.stripe_payment_intent_id or "")
    assert order.refunded_cents == (charge["amount_refunded"] if charge else 0)


def check_promised_refunds(memory: Memory, order: Order) -> None:
    """G7: what failed is said, unless staff were told so at once."""
    for refund in order.refunds.all():
        if refund.is_live:
            continue
        if refund.stripe_refund_id:
            assert refund.stripe_refund_id in order.review_reason, "nobody knows that it failed"
        elif refund.pk in memory.promised:
            assert "not made" in order.review_reason, "nobody knows that it was not made"


def check_nothing_waits_for_a_forgotten_account(order: Order) -> None:
    """G7: what is under way in an account out of reach, no event and no list will end."""
    refunds, disputes = order.refunds.all(), order.disputes.all()
    waiting = [found.stripe_refund_id for found in refunds if found.status not in DECIDED]
    waiting += [found.stripe_dispute_id for found in disputes if found.is_open]
    for id_ in waiting:
        assert id_ in order.review_reason, "it waits for ever, and nobody knows"


def check_disputes(books: Books, order: Order) -> None:
    there = books.disputes_of(order.stripe_payment_intent_id)
    here = {(dispute.stripe_dispute_id, dispute.status) for dispute in order.disputes.all()}
    assert here == {(dispute["id"], dispute["status"]) for dispute in there}
    for dispute in order.disputes.all():
        assert dispute.advice in order.review_reason, "nobody knows what to do"
    assert order.disputed == any(is_serious(dispute["status"]) for dispute in there)
    lost = sum(dispute["amount"] for dispute in there if dispute["status"] == Dispute.LOST)
    assert order.lost_cents == lost
    if order.stripe_payment_intent_id in books.warned:
        assert FRAUD_WARNING in order.reasons


def is_serious(status: str) -> bool:
    return status == Dispute.LOST or status not in Dispute.CLOSED


def check_nothing_doubtful_is_packed(books: Books, memory: Memory) -> None:
    """G7: nothing leaves the house that people have to look at first."""
    for order in Order.objects.filter(TO_SHIP):
        disputes = books.disputes_of(order.stripe_payment_intent_id)
        assert not any(is_serious(dispute["status"]) for dispute in disputes)
        failed = order.refunds.filter(status__in=[Refund.Status.FAILED, Refund.Status.CANCELED])
        for refund in failed.exclude(stripe_refund_id=None):
            settled = "\n".join(memory.resolved[order.number])
            assert str(refund.stripe_refund_id) in settled
