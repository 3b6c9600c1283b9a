"""What each of Stripe's events means here. An event is only a hint: Stripe itself is asked.

A handler asks Stripe, and returns what is then to be written: in one transaction with the note that
the event is handled, so that neither is there without the other.
"""

import logging
from collections.abc import Callable
from functools import partial

from django.db import DatabaseError, transaction

from orders.disputes import write_disputes, write_fraud_warning
from orders.models import StripeEvent
from orders.recording import ask_about, write_order
from orders.refunds import order_of_payment, write_refunds
from shop import payments
from shop.stripe_objects import Event

logger = logging.getLogger(__name__)

Write = Callable[[], object]


def nothing() -> None:
    """The event is not about an order of ours."""


def session_changed(event: Event) -> Write:
    if not payments.SESSION_ID.fullmatch(event.object_id):
        return nothing  # no retry would change that
    return partial(write_order, *ask_about(event.object_id))


def refund_changed(event: Event) -> Write:
    if order := order_of_payment(event.payment_intent_id):
        return partial(write_refunds, order, payments.list_refunds(event.payment_intent_id))
    return nothing


def dispute_changed(event: Event) -> Write:
    if order := order_of_payment(event.payment_intent_id):
        return partial(write_disputes, order, payments.list_disputes(event.payment_intent_id))
    return nothing


def fraud_was_warned_of(event: Event) -> Write:
    if order := order_of_payment(event.payment_intent_id):
        is_warned = payments.has_fraud_warning(event.payment_intent_id)
        return partial(write_fraud_warning, order, is_warned)
    return nothing


HANDLERS: dict[str, Callable[[Event], Write]] = {
    "checkout.session.completed": session_changed,
    "checkout.session.async_payment_succeeded": session_changed,
    "checkout.session.async_payment_failed": session_changed,
    "checkout.session.expired": session_changed,
    "charge.refunded": refund_changed,
    "refund.created": refund_changed,
    "refund.updated": refund_changed,
    "refund.failed": refund_changed,
    "charge.dispute.created": dispute_changed,
    "charge.dispute.updated": dispute_changed,
    "charge.dispute.closed": dispute_changed,
    "charge.dispute.funds_withdrawn": dispute_changed,
    "charge.dispute.funds_reinstated": dispute_changed,
    "radar.early_fraud_warning.created": fraud_was_warned_of,
}


def handle(event: Event) -> None:
    """Do what the event asks for, once. What fails is kept for staff, and raised again."""
    if StripeEvent.objects.filter(stripe_event_id=event.id, handled_at__isnull=False).exists():
        return
    try:
        write = HANDLERS[event.type](event)
        with transaction.atomic():
            if StripeEvent.objects.remember(event):
                write()
    except Exception as error:
        try:
            StripeEvent.objects.remember_failure(event, error)
        except DatabaseError:
            # Nothing can be written down just now; Stripe delivers again.
            logger.warning("event %s failed, and that could not be noted", event.id)
        raise
