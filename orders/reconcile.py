"""Ask Stripe what we may have missed, and repair it: webhooks get lost, processes die.

Safe to run at any time, twice at once, and every few minutes: each act is one that page or webhook
use too. The cost depends on what is open and on the days asked for, not on the age of the shop.
Whatever happens to one act, the others are done.
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import NamedTuple

from django.db import close_old_connections
from django.db.models import Q
from django.utils import timezone

from orders import mails
from orders.disputes import FRAUD_WARNING, sync_disputes, sync_fraud_warning
from orders.models import UNDER_WAY, Dispute, Order, Refund
from orders.recording import record_order
from orders.refunds import finish_refund, sync_refunds
from shop import payments
from shop.checkout import close, find_session
from shop.models import BackInStockRequest, Checkout, Product, StripeCustomer
from shop.stripe_objects import State

logger = logging.getLogger(__name__)

Status = Checkout.Status
# Each run tells so many shoppers that a product is back; the next one goes on.
TOLD_A_RUN = 200
Progress = Callable[[str, int, int], None]


class Act(NamedTuple):
    reference: str  # for the log
    do: Callable[[], bool]  # repairs one thing; False if there was nothing to do after all


@dataclass
class Report:
    """What a run repaired (in a dry run: would look at), and how many acts failed."""

    repaired: Counter[str] = field(default_factory=Counter)
    failures: int = 0


def reconcile(
    since: datetime, *, dry_run: bool = False, progress: Progress | None = None
) -> Report:
    """Raises shop.payments.WrongStripe, having done nothing, where the database is another's."""
    payments.refuse_wrong_stripe()
    report = Report()
    for name, find in STEPS.items():
        acts: list[Act] = []
        with noting_failure(report, f"looking for {name}"):
            acts += find(since)
        for number, act in enumerate(acts, start=1):
            if progress:
                progress(name, number, len(acts))
            with noting_failure(report, act.reference):
                report.repaired[name] += dry_run or act.do()
    return report


@contextmanager
def noting_failure(report: Report, reference: str) -> Iterator[None]:
    """Whatever goes wrong is counted and logged once: what comes behind it does not wait for it."""
    try:
        yield
    except payments.PaymentError:
        report.failures += 1  # logged where it happened; the next run tries again
    except Exception:  # whatever it is
        report.failures += 1
        logger.exception("reconciling failed: %s", reference)
        close_old_connections()  # a broken one would fail all that follows


def overdue_checkouts(since: datetime) -> Iterator[Act]:
    """Open past their time, or waiting for a delayed payment: how does each stand at Stripe?"""
    unfinished = Checkout.objects.filter(status__in=Checkout.UNFINISHED)
    for checkout in unfinished.filter(expires_at__lte=timezone.now()).order_by():
        yield Act(f"checkout {checkout}", partial(settle, checkout))


def settle(checkout: Checkout) -> bool:
    """Bring a checkout to where Stripe says it is; whether that is somewhere else."""
    before = checkout.status
    session_id = checkout.stripe_session_id or find_session(checkout)
    if session_id:
        try:
            record_order(session_id)
        except payments.SessionUnknown:
            checkout.release_unknown()
    checkout.refresh_from_db()
    if checkout.status == Status.OPEN and close(checkout):  # it was just paid
        record_order(session_id or "")
    return checkout.status != before


def unrecorded_sessions(since: datetime) -> Iterator[Act]:
    complete = payments.our_sessions(since, "complete")
    paid = [session.id for session in complete if session.state is State.PAID]
    recorded = Order.objects.filter(stripe_session_id__in=paid)
    known = set(recorded.values_list("stripe_session_id", flat=True))
    for session_id in paid:
        if session_id not in known:
            yield Act(session_id, partial(lambda id_: bool(record_order(id_)), session_id))


def stray_sessions(since: datetime) -> Iterator[Act]:
    """Open at Stripe though their checkout was given up here, while Stripe did not answer well."""
    open_ones = {
        session.checkout_id: session.id for session in payments.our_sessions(since, "open")
    }
    given_up = Checkout.objects.filter(pk__in=filter(None, open_ones), status=Status.EXPIRED)
    for checkout_id in given_up.values_list("pk", flat=True):
        yield Act(open_ones[checkout_id], partial(end_stray, open_ones[checkout_id]))


def end_stray(session_id: str) -> bool:
    try:
        payments.expire_session(session_id)
    except payments.PaymentRefused:
        return False  # it is over; was it paid, the next run records it
    return True


def unknown_refunds(since: datetime) -> Iterator[Act]:
    """Refunds at Stripe that are not here as they are there; what is pending here, of any age."""
    by_payment = payments.refunds_by_payment(since)
    ours = Order.objects.filter(stripe_payment_intent_id__in=by_payment)
    payment_ids: set[str | None] = set()
    for order in ours.prefetch_related("refunds"):
        payment_id = order.stripe_payment_intent_id or ""
        here = {(refund.stripe_refund_id, refund.status) for refund in order.refunds.all()}
        if any((state.id, state.status) not in here for state in by_payment[payment_id]):
            payment_ids.add(payment_id)
    under_way = Refund.objects.filter(UNDER_WAY).order_by()
    payment_ids |= set(under_way.values_list("order__stripe_payment_intent_id", flat=True))
    for payment_id in sorted(filter(None, payment_ids)):
        yield Act(payment_id, partial(sync_refunds, payment_id))


def unsent_refunds(since: datetime) -> Iterator[Act]:
    """Written here, but Stripe's answer never came. Under the same key it answers once more."""
    unsent = Refund.objects.filter(status=Refund.Status.PENDING, stripe_refund_id=None)
    for refund in unsent.select_related("order"):
        yield Act(f"refund {refund.pk}", partial(finish, refund))


def finish(refund: Refund) -> bool:
    try:
        finish_refund(refund)
    except payments.AnswerIsSaved:
        return False  # logged; it may still show in Stripe's list
    except payments.PaymentRefused:
        pass  # the order says so
    return True


def unknown_disputes(since: datetime) -> Iterator[Act]:
    """Disputes at Stripe that are not here as they are there; what is open here, of any age."""
    states = payments.disputes_since(since)
    known = Dispute.objects.filter(stripe_dispute_id__in=[state.id for state in states])
    here = set(known.values_list("stripe_dispute_id", "status", "due_by"))
    changed = [
        state.payment_intent_id
        for state in states
        if (state.id, state.status, state.due_by) not in here
    ]
    ours = Order.objects.filter(stripe_payment_intent_id__in=changed)
    payment_ids: set[str | None] = set(ours.values_list("stripe_payment_intent_id", flat=True))
    still_open = Dispute.objects.filter(~Q(status__in=Dispute.CLOSED)).order_by()
    payment_ids |= set(still_open.values_list("order__stripe_payment_intent_id", flat=True))
    for payment_id in sorted(filter(None, payment_ids)):
        yield Act(payment_id, partial(sync_disputes, payment_id))


def unknown_fraud_warnings(since: datetime) -> Iterator[Act]:
    warned = payments.payments_with_fraud_warning(since)
    ours = Order.objects.filter(stripe_payment_intent_id__in=warned)
    for order in ours.exclude(review_reason__contains=FRAUD_WARNING):
        payment_id = order.stripe_payment_intent_id or ""
        yield Act(payment_id, partial(sync_fraud_warning, payment_id))


def untold_failures(since: datetime) -> Iterator[Act]:
    """Delayed payments that did not arrive, and whose buyers were not told yet."""
    if not mails.reach_people():
        return
    untold = Checkout.objects.filter(payment_failed_at__isnull=False, failure_told_at=None)
    for checkout_id in mails.reachable(untold).order_by().values_list("pk", flat=True):
        yield Act(f"checkout {checkout_id}", partial(mails.payment_failed, checkout_id))


def unsent_receipts(since: datetime) -> Iterator[Act]:
    if not mails.reach_people():
        return
    unsent = mails.reachable(Order.objects.filter(receipt_sent_at=None))
    for order_id, number in unsent.values_list("pk", "number"):
        yield Act(f"receipt of order {number}", partial(mails.send_receipt, order_id))


def untold_stock(since: datetime) -> Iterator[Act]:
    """Shoppers who asked to be told when a product is back, and it is."""
    if not mails.reach_people():
        return
    tried_lately = timezone.now() - mails.CLAIM
    due = BackInStockRequest.objects.due().exclude(claimed_at__gt=tried_lately)
    for request_id in mails.reachable(due, "user__email").values_list("pk", flat=True)[:TOLD_A_RUN]:
        yield Act(f"back-in-stock request {request_id}", partial(mails.back_in_stock, request_id))


def misplaced_products(since: datetime) -> Iterator[Act]:
    """Those whose sale has begun or ended, all in one act."""
    if Product.objects.misplaced().exists():
        yield Act("sales", lambda: bool(Product.objects.begin_and_end_sales()))


def customers_to_delete(since: datetime) -> Iterator[Act]:
    """Those that no account has: theirs is deleted, or kept another one first."""
    for customer in StripeCustomer.objects.filter(user=None):
        yield Act(f"customer {customer}", partial(delete_customer, customer))


def delete_customer(customer: StripeCustomer) -> bool:
    payments.delete_customer(customer.stripe_id)
    customer.delete()
    return True


def untold_parcels(since: datetime) -> Iterator[Act]:
    if not mails.reach_people():
        return
    untold = mails.reachable(Order.objects.filter(parcel_mail_due_at__isnull=False))
    for order_id, number in untold.order_by().values_list("pk", "number"):
        yield Act(f"parcel of order {number}", partial(mails.on_its_way, order_id))


def untold_cancellations(since: datetime) -> Iterator[Act]:
    if not mails.reach_people():
        return
    untold = mails.reachable(Order.objects.filter(cancel_mail_due_at__isnull=False))
    for order_id, number in untold.order_by().values_list("pk", "number"):
        yield Act(f"cancelled order {number}", partial(mails.cancelled, order_id))


def untold_refunds(since: datetime) -> Iterator[Act]:
    if not mails.reach_people():
        return
    due = Refund.objects.filter(mail_due_at__isnull=False).exclude(status__in=Refund.DEAD)
    for refund_id in mails.reachable(due, "order__email").order_by().values_list("pk", flat=True):
        yield Act(f"refund {refund_id}", partial(mails.refunded, refund_id))


STEPS: dict[str, Callable[[datetime], Iterator[Act]]] = {
    "checkouts": overdue_checkouts,
    "orders": unrecorded_sessions,
    "stray sessions": stray_sessions,
    "refunds": unknown_refunds,
    "refunds finished": unsent_refunds,
    "disputes": unknown_disputes,
    "fraud warnings": unknown_fraud_warnings,
    "failed payments": untold_failures,
    "receipts": unsent_receipts,
    "parcels": untold_parcels,
    "cancellations": untold_cancellations,
    "refund mails": untold_refunds,
    "back in stock": untold_stock,
    "customers": customers_to_delete,
    "sales": misplaced_products,
}
