"""Disputes with the buyer's bank, and warnings of them: always what Stripe's own list says."""

from django.db import transaction

from orders.models import Dispute, Order
from orders.refunds import order_of_payment
from shop import payments
from shop.stripe_objects import DisputeState

FRAUD_WARNING = (
    "The card's network warns that this payment may be fraudulent. Look at it in Stripe's "
    "dashboard and refund it if you agree: a dispute would cost more. Send nothing meanwhile."
)


def sync_disputes(payment_intent_id: str) -> bool:
    """Make the order's disputes equal Stripe's list; whether anything was news.

    May be repeated and may come before the order was recorded. Raises shop.payments.PaymentError.
    """
    order = order_of_payment(payment_intent_id)
    return write_disputes(order, payments.list_disputes(payment_intent_id)) if order else False


def write_disputes(order: Order, states: list[DisputeState]) -> bool:
    is_news = False
    with transaction.atomic():
        locked = Order.objects.select_for_update().get(pk=order.pk)
        for state in states:
            known = locked.disputes.filter(stripe_dispute_id=state.id).first()
            dispute = known or Dispute(order=locked, stripe_dispute_id=state.id)
            before = (dispute.status, dispute.due_by, dispute.is_charge_refundable)
            dispute.status, dispute.due_by = state.status, state.due_by
            dispute.is_charge_refundable = state.is_charge_refundable
            dispute.amount_cents, dispute.created_at = state.amount_cents, state.created_at
            if before != (dispute.status, dispute.due_by, dispute.is_charge_refundable):
                is_news = True
                dispute.save()
                if dispute.advice:
                    locked.ask_for_review(dispute.advice)
        for dispute in locked.disputes.exclude(stripe_dispute_id__in=[one.id for one in states]):
            if dispute.is_open:
                is_news |= locked.ask_for_review(not_known_any_more(dispute))
        locked.count_disputes()
    return is_news


def not_known_any_more(dispute: Dispute) -> str:
    """Nothing more will be heard of it: the key is another account's, or test data was deleted."""
    return (
        f"Stripe does not know the dispute {dispute.stripe_dispute_id} any more, which was open: "
        "was the Stripe account changed? Look there how it ended. Send nothing meanwhile."
    )


def sync_fraud_warning(payment_intent_id: str) -> bool:
    """Flag an order whose payment Radar was warned of; whether that was news.

    May be repeated. Raises shop.payments.PaymentError.
    """
    order = order_of_payment(payment_intent_id)
    if not order:
        return False
    return write_fraud_warning(order, payments.has_fraud_warning(payment_intent_id))


def write_fraud_warning(order: Order, is_warned: bool) -> bool:
    if not is_warned:
        return False
    with transaction.atomic():
        return Order.objects.select_for_update().get(pk=order.pk).ask_for_review(FRAUD_WARNING)
