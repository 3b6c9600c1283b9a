"""Money back, begun by staff or at Stripe: always what Stripe's own list says."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from orders import mails
from orders.models import UNDER_WAY, Order, Refund, RefundLine
from orders.recording import record_order
from orders.refund_lines import Returned, given_back
from orders.restock import put_back_in_stock
from shop import payments
from shop.money import format_money
from shop.stripe_objects import RefundState

logger = logging.getLogger(__name__)

Status = Refund.Status

# How long a refund that Stripe answered with an error of its own may take to show in Stripe's list.
UNDECIDED = timedelta(minutes=10)


class TooMuch(Exception):
    """More than is left of what was paid."""


def refund(
    order: Order,
    amount_cents: int,
    reason: str,
    refund_id: UUID,
    returned: Sequence[Returned] = (),
) -> Refund:
    """Give money back: the row first, then Stripe. Repeated with the same id, it is one refund,
    of the amount and for the products that were asked for first.

    Raises TooMuch and shop.payments.PaymentRefused, having refunded nothing, and PaymentError when
    it is not known what Stripe did: the refund stays pending then, and the reconciler finishes it.
    """
    with transaction.atomic():
        # The lock lets one refund at a time see what is left.
        locked = Order.objects.select_for_update().get(pk=order.pk)
        refund = locked.refunds.filter(pk=refund_id).first()
        is_new = not refund
        if not refund:
            if not 0 < amount_cents <= locked.refundable_cents or too_many(locked, returned):
                raise TooMuch
            refund = write_refund(locked, amount_cents, reason, refund_id, returned)
    if not refund.stripe_refund_id and refund.is_live:
        if is_new:
            send_refund(refund)
        else:
            finish_refund(refund)
        refund.refresh_from_db()
    if not refund.is_live:  # at once, or when the first half of a double click asked
        raise payments.PaymentRefused("refund failed")
    return refund


def write_refund(
    order: Order, amount_cents: int, reason: str, refund_id: UUID, returned: Sequence[Returned]
) -> Refund:
    """The row of a refund that Stripe is asked for next. Call it in a transaction that holds the
    order's lock and has looked at what is left."""
    refund = order.refunds.create(pk=refund_id, amount_cents=amount_cents, reason=reason)
    refund.lines.bulk_create(RefundLine(refund=refund, **vars(each)) for each in returned)
    return refund


def too_many(order: Order, returned: Sequence[Returned]) -> bool:
    """Whether a product would go back more often than it was bought."""
    before = given_back(order)
    return any(
        each.quantity > each.line.quantity - before.get(each.line.pk, 0) for each in returned
    )


def send_refund(refund: Refund, *, for_review: bool = False) -> None:
    """Ask Stripe for a refund that is written. May be repeated: the row's id is the key.

    Raises shop.payments.PaymentRefused when it certainly was not made, else PaymentError. It was
    said to staff that one is pending, so its failure is `for_review`.
    """
    payment_intent_id = refund.order.stripe_payment_intent_id or ""
    try:
        stripe_refund_id = payments.create_refund(
            refund.pk, payment_intent_id, refund.amount_cents, refund.reason
        )
    except payments.PaymentRefused:
        fail_unsent(refund, for_review)
        raise
    except payments.AnswerIsSaved as error:
        # This key brings no other answer for a day; Stripe's list says whether it was made.
        sync_refunds(payment_intent_id)
        refund.refresh_from_db()
        if refund.stripe_refund_id:
            return
        if refund.created_at > timezone.now() - UNDECIDED:
            raise
        fail_unsent(refund, for_review)
        raise payments.PaymentRefused("Stripe failed, and made no refund") from error
    note_answer(refund, stripe_refund_id)
    # Not the answer alone: Stripe may have made room for ours by failing one that counts here.
    sync_refunds(payment_intent_id)


def finish_refund(refund: Refund) -> None:
    """Bring a refund whose answer never came to its end. Raises as send_refund does.

    Stripe forgets a key after a day: its own list says first whether the refund was made.
    """
    sync_refunds(refund.order.stripe_payment_intent_id or "")
    refund.refresh_from_db()
    if not refund.stripe_refund_id and refund.is_live:
        send_refund(refund, for_review=True)


def note_answer(refund: Refund, stripe_refund_id: str) -> None:
    """Stripe's answer says which refund is ours: in its list that is told by metadata alone, which
    anybody with access to the account may change."""
    with transaction.atomic():
        locked = Order.objects.select_for_update().get(pk=refund.order_id)
        due_at: datetime | None = timezone.now()
        known = locked.refunds.filter(stripe_refund_id=stripe_refund_id)
        if other := known.exclude(pk=refund.pk).first():  # read from the list as someone else's
            due_at = other.mail_due_at
            other.delete()
        ours = locked.refunds.filter(pk=refund.pk, stripe_refund_id=None)
        if ours.update(
            stripe_refund_id=stripe_refund_id, status=Status.PENDING, mail_due_at=due_at
        ):
            tell_after_commit(refund)
            put_back(refund)
        locked.count_refunds()


def put_back(refund: Refund) -> None:
    """Stripe has taken the refund: its products can be sold again. Call it when the id that Stripe
    gave it is written, which happens once; should the refund fail later, they stay."""
    lines = refund.lines.filter(is_put_back=True).select_related("line")
    put_back_in_stock((each.line, each.quantity) for each in lines)


def tell_after_commit(refund: Refund) -> None:
    transaction.on_commit(partial(mails.send_soon, mails.refunded, refund.pk))


def fail_unsent(refund: Refund, for_review: bool) -> None:
    with transaction.atomic():
        locked = Order.objects.select_for_update().get(pk=refund.order_id)
        unsent = locked.refunds.filter(pk=refund.pk, stripe_refund_id=None)
        if unsent.update(status=Status.FAILED) and for_review:
            locked.ask_for_review(refund_not_made(refund))


def refund_not_made(refund: Refund) -> str:
    amount = format_money(refund.amount_cents, refund.order.currency)
    return (
        f"The refund of {amount} begun on {timezone.localtime(refund.created_at):%Y-%m-%d %H:%M} "
        "was not made: Stripe refused it or failed. Nothing went back to the buyer by it; refund "
        "it again if it is still wanted."
    )


def sync_refunds(payment_intent_id: str) -> bool:
    """Make the order's refunds equal Stripe's list; whether anything was news.

    May be repeated and may come before the order was recorded. Raises shop.payments.PaymentError.
    """
    order = order_of_payment(payment_intent_id)
    return write_refunds(order, payments.list_refunds(payment_intent_id)) if order else False


def write_refunds(order: Order, states: list[RefundState]) -> bool:
    """Write all of Stripe's refunds down: new ones, and those of ours whose answer was lost."""
    is_news = False
    with transaction.atomic():
        locked = Order.objects.select_for_update().get(pk=order.pk)
        for state in states:
            refund = refund_of(locked, state)
            if not refund.amount_cents:
                continue  # nothing to count, and the database refuses it
            before = (refund.stripe_refund_id, refund.status)
            if refund.stripe_refund_id:
                refund.move_on(state.status)
            else:
                # Also when ours had failed here, but Stripe took it after all.
                refund.stripe_refund_id, refund.status = state.id, state.status
            if before != (refund.stripe_refund_id, refund.status):
                is_news = True
                write(refund, is_new=not before[0])
                if not refund.is_live:
                    locked.ask_for_review(money_not_given_back(refund))
        gone = locked.refunds.filter(UNDER_WAY).exclude(
            stripe_refund_id__in=[state.id for state in states]
        )
        for refund in gone:
            is_news |= locked.ask_for_review(not_known_any_more(refund))
        locked.count_refunds()
    return is_news


def write(refund: Refund, *, is_new: bool) -> None:
    if not is_new:
        # Nothing else: whether its mail is due is for orders/mails.py to say.
        refund.save(update_fields=["status"])
        return
    if refund.is_live:
        refund.mail_due_at = timezone.now()
        tell_after_commit(refund)
    refund.save()
    if refund.is_live:
        put_back(refund)


def money_not_given_back(refund: Refund) -> str:
    """Stripe does not try again by itself: someone has to. https://docs.stripe.com/refunds"""
    amount = format_money(refund.amount_cents, refund.order.currency)
    return (
        f"The refund {refund.stripe_refund_id} of {amount} {refund.status}: the buyer did not get "
        "the money, and Stripe does not try again. Refund it again, or pay the buyer in another "
        "way. Send nothing meanwhile."
    )


def not_known_any_more(refund: Refund) -> str:
    """Nothing more will be heard of it: the key is another account's, or test data was deleted."""
    amount = format_money(refund.amount_cents, refund.order.currency)
    return (
        f"Stripe does not know the refund {refund.stripe_refund_id} of {amount} any more, which "
        "was under way: was the Stripe account changed? Look there whether the buyer got the money."
    )


def refund_of(order: Order, state: RefundState) -> Refund:
    """Our row of Stripe's refund: known, begun here without an answer, or new."""
    known = order.refunds.filter(stripe_refund_id=state.id).first()
    if not known and state.our_id:
        unsent = order.refunds.filter(pk=state.our_id, stripe_refund_id=None)
        known = unsent.filter(amount_cents=state.amount_cents).first()
    return known or Refund(order=order, amount_cents=state.amount_cents, reason=state.reason)


def order_of_payment(payment_intent_id: str) -> Order | None:
    """The order of a payment, recorded now if its refund or dispute was heard of first."""
    order = Order.objects.filter(stripe_payment_intent_id=payment_intent_id).first()
    if not order and payment_intent_id:
        session_id = payments.session_id_of_payment(payment_intent_id)
        order = record_order(session_id) if session_id else None
    return order
