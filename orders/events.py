"""What each of Stripe's events means here. An event is only a hint: Stripe is asked afresh."""

from collections.abc import Callable

from django.db import DatabaseError

from orders.models import StripeEvent
from orders.recording import record_order
from orders.refunds import note_dispute, sync_refunds
from shop.payments import Event


def session_changed(event: Event) -> None:
    record_order(event.object_id, event)


def refund_changed(event: Event) -> None:
    sync_refunds(event.payment_intent_id, event)


def dispute_changed(event: Event) -> None:
    note_dispute(event.payment_intent_id, event)


HANDLERS: dict[str, Callable[[Event], None]] = {
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
}


def handle(event: Event) -> None:
    """Do what the event asks for, once. What fails is kept for staff, and raised again."""
    if StripeEvent.objects.filter(stripe_event_id=event.id, handled_at__isnull=False).exists():
        return
    try:
        HANDLERS[event.type](event)
    except DatabaseError:
        raise  # nothing can be written down either; Stripe delivers again
    except Exception as error:
        StripeEvent.objects.remember_failure(event, error)
        raise
