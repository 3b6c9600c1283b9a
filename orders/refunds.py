"""Money back, begun by staff or at Stripe, and disputes: always what Stripe's own list says."""

import logging
from uuid import UUID

from django.db import transaction

from orders.models import Order, Refund, StripeEvent
from orders.recording import record_order
from shop import payments

logger = logging.getLogger(__name__)

DISPUTED = (
    "The buyer disputes the payment with the bank. Answer in Stripe's dashboard before the "
    "deadline named there, and do not send or refund anything meanwhile."
)


class TooMuch(Exception):
    """More than is left of what was paid."""


def refund(order: Order, amount_cents: int, reason: str, refund_id: UUID) -> Refund:
    """Give money back: the row first, then Stripe. Repeated with the same id, it is one refund.

    Raises TooMuch and shop.payments.PaymentRefused, having refunded nothing, and PaymentError when
    it is not known what Stripe did: the refund stays pending then, and the reconciler finishes it.
    """
    with transaction.atomic():
        # The lock lets one refund at a time see what is left.
        locked = Order.objects.select_for_update().get(pk=order.pk)
        refund = locked.refunds.filter(pk=refund_id).first()
        if not refund:
            if not 0 < amount_cents <= locked.refundable_cents:
                raise TooMuch
            refund = locked.refunds.create(pk=refund_id, amount_cents=amount_cents, reason=reason)
            locked.count_refunds()
    if not refund.stripe_refund_id and refund.is_live:
        send_refund(refund)
        refund.refresh_from_db()
    if not refund.is_live:  # at once, or when the first half of a double click asked
        raise payments.PaymentRefused("refund failed")
    return refund


def send_refund(refund: Refund) -> None:
    """Ask Stripe for a refund that is written. May be repeated: the row's id is the key."""
    order = refund.order
    payment_intent_id = order.stripe_payment_intent_id or ""
    try:
        payments.create_refund(refund.pk, payment_intent_id, refund.amount_cents, refund.reason)
    except payments.PaymentRefused:
        with transaction.atomic():
            locked = Order.objects.select_for_update().get(pk=order.pk)
            Refund.objects.filter(pk=refund.pk, stripe_refund_id=None).update(
                status=Refund.Status.FAILED
            )
            locked.count_refunds()
        raise
    # Not the answer alone: Stripe may have made room for ours by failing one that counts here.
    sync_refunds(payment_intent_id)


def sync_refunds(payment_intent_id: str, event: payments.Event | None = None) -> Order | None:
    """Make the order's refunds equal Stripe's list; None where the payment is not ours.

    May be repeated and may come before the order was recorded. Raises shop.payments.PaymentError.
    """
    order = order_of_payment(payment_intent_id)
    states = payments.list_refunds(payment_intent_id) if order else []
    with transaction.atomic():
        if event and not StripeEvent.objects.remember(event):
            return order
        if order:
            write_refunds(order, states)
    return order


def write_refunds(order: Order, states: list[payments.RefundState]) -> None:
    """Write all of Stripe's refunds down: new ones, and those of ours whose answer was lost."""
    with transaction.atomic():
        locked = Order.objects.select_for_update().get(pk=order.pk)
        for state in states:
            refund = refund_of(locked, state)
            if refund.stripe_refund_id:
                refund.move_on(state.status)
            else:
                # Also when ours had given way here (see count_refunds), but Stripe took it.
                refund.stripe_refund_id, refund.status = state.id, state.status
            refund.save()
        locked.count_refunds()


def refund_of(order: Order, state: payments.RefundState) -> Refund:
    """Our row of Stripe's refund: known, begun here without an answer, or new."""
    known = order.refunds.filter(stripe_refund_id=state.id).first()
    if not known and state.our_id:
        known = order.refunds.filter(pk=state.our_id, stripe_refund_id=None).first()
    return known or Refund(order=order, amount_cents=state.amount_cents, reason=state.reason)


def note_dispute(payment_intent_id: str, event: payments.Event | None = None) -> Order | None:
    """Flag an order whose payment is disputed; None where the payment is not ours."""
    order = order_of_payment(payment_intent_id)
    disputed = bool(order) and payments.is_disputed(payment_intent_id)
    with transaction.atomic():
        if event and not StripeEvent.objects.remember(event):
            return order
        if (
            order
            and disputed
            and Order.objects.filter(pk=order.pk, disputed=False).update(disputed=True)
        ):
            Order.objects.select_for_update().get(pk=order.pk).ask_for_review(DISPUTED)
    return order


def order_of_payment(payment_intent_id: str) -> Order | None:
    """The order of a payment, recorded now if its refund or dispute was heard of first."""
    order = Order.objects.filter(stripe_payment_intent_id=payment_intent_id).first()
    if not order and payment_intent_id:
        session_id = payments.session_id_of_payment(payment_intent_id)
        order = record_order(session_id) if session_id else None
    return order
