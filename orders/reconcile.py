"""Ask Stripe what we may have missed, and make it good: webhooks get lost, processes die.

Safe to run at any time, twice at once, and every few minutes: each act is one that page or webhook
use too. The cost depends on what is open and on the days asked for, not on the age of the shop.
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from django.utils import timezone

from orders.mails import send_receipt
from orders.models import Order, Refund
from orders.recording import record_order
from orders.refunds import note_dispute, send_refund, sync_refunds
from shop import payments
from shop.checkout import end_checkout
from shop.models import Checkout

logger = logging.getLogger(__name__)

Act = Callable[[], bool]  # makes one thing good; False if there was nothing to do after all
Progress = Callable[[str, int, int], None]


@dataclass
class Report:
    """What a run made good (in a dry run: would look at), and how often Stripe failed it."""

    made_good: Counter[str] = field(default_factory=Counter)
    failures: int = 0


def reconcile(
    since: datetime, *, dry_run: bool = False, progress: Progress | None = None
) -> Report:
    report = Report()
    for name, find in STEPS.items():
        try:
            acts = list(find(since))
        except payments.PaymentError:
            report.failures += 1
            continue
        for number, act in enumerate(acts, start=1):
            if progress:
                progress(name, number, len(acts))
            try:
                report.made_good[name] += dry_run or act()
            except payments.PaymentError:
                report.failures += 1  # logged where it happened; the next run tries again
    return report


def overdue_checkouts(since: datetime) -> Iterator[Act]:
    """Open past their time, or waiting for a delayed payment: how does each stand at Stripe?"""
    unfinished = [Checkout.Status.OPEN, Checkout.Status.PROCESSING]
    overdue = Checkout.objects.filter(status__in=unfinished, expires_at__lte=timezone.now())
    for checkout in overdue.order_by("expires_at"):
        yield partial(settle, checkout)


def settle(checkout: Checkout) -> bool:
    """Bring a checkout to where Stripe says it is; whether that is somewhere else."""
    before = checkout.status
    if before == Checkout.Status.OPEN:
        end_checkout(checkout)
        checkout.refresh_from_db()
    if checkout.status == Checkout.Status.PROCESSING and checkout.stripe_session_id:
        record_order(checkout.stripe_session_id)
        checkout.refresh_from_db()
    return checkout.status != before


def unrecorded_sessions(since: datetime) -> Iterator[Act]:
    paid = payments.paid_session_ids(since)
    recorded = Order.objects.filter(stripe_session_id__in=paid)
    known = set(recorded.values_list("stripe_session_id", flat=True))
    for session_id in paid:
        if session_id not in known:
            yield partial(lambda id_: bool(record_order(id_)), session_id)


def unknown_refunds(since: datetime) -> Iterator[Act]:
    """Refunds at Stripe that are not here, or not as they are there."""
    by_payment = payments.refunds_by_payment(since)
    ours = Order.objects.filter(stripe_payment_intent_id__in=by_payment)
    for order in ours.prefetch_related("refunds"):
        payment_id = order.stripe_payment_intent_id or ""
        here = {(refund.stripe_refund_id, refund.status) for refund in order.refunds.all()}
        if any((state.id, state.status) not in here for state in by_payment[payment_id]):
            yield partial(lambda id_: bool(sync_refunds(id_)), payment_id)


def unsent_refunds(since: datetime) -> Iterator[Act]:
    """Written here, but Stripe's answer never came. Under the same key it answers once more."""
    unsent = Refund.objects.filter(status=Refund.Status.PENDING, stripe_refund_id=None)
    for refund in unsent.select_related("order"):
        yield partial(finish, refund)


def finish(refund: Refund) -> bool:
    # Stripe forgets a key after a day: its own list says first whether the refund was made.
    sync_refunds(refund.order.stripe_payment_intent_id or "")
    refund.refresh_from_db()
    if not refund.stripe_refund_id and refund.is_live:
        try:
            send_refund(refund)
        except payments.PaymentRefused:
            logger.info("refund %s was refused by Stripe", refund.pk)
    return True


def unknown_disputes(since: datetime) -> Iterator[Act]:
    disputed = payments.disputed_payment_ids(since)
    ours = Order.objects.filter(stripe_payment_intent_id__in=disputed, disputed=False)
    for payment_id in ours.values_list("stripe_payment_intent_id", flat=True):
        yield partial(lambda id_: bool(note_dispute(id_)), payment_id)


def unsent_receipts(since: datetime) -> Iterator[Act]:
    unsent = Order.objects.filter(receipt_sent_at=None).exclude(email="")
    for order_id in unsent.values_list("pk", flat=True):
        yield partial(send_receipt, order_id)


STEPS: dict[str, Callable[[datetime], Iterator[Act]]] = {
    "checkouts": overdue_checkouts,
    "orders": unrecorded_sessions,
    "refunds": unknown_refunds,
    "refunds finished": unsent_refunds,
    "disputes": unknown_disputes,
    "receipts": unsent_receipts,
}
