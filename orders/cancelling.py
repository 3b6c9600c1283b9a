"""An order that is not sent after all: off the packing list, and what is left goes back."""

from functools import partial
from uuid import UUID, uuid4

from django import forms
from django.db import transaction
from django.utils import timezone

from orders import mails
from orders.models import Order, Refund
from orders.refund_lines import Returned, given_back
from orders.refunds import write_refund
from orders.restock import put_back_in_stock


class CannotCancel(Exception):
    """Says why, in words for staff."""


class CancelForm(forms.Form):
    """Why, and whether the products can be sold to others."""

    reason = forms.ChoiceField(choices=Refund.Reason)
    put_back = forms.BooleanField(
        label="Put the products back in stock", required=False, initial=True
    )
    # Made with the form, so that a double click on "Cancel" gives the money back once.
    refund_id = forms.UUIDField(initial=uuid4, widget=forms.HiddenInput())


def why_not_cancel(order: Order) -> str:
    """Why the order cannot be cancelled, in words for staff; empty where it can."""
    if order.shipped_at:
        return "It is on its way. Refund it when it comes back."
    if any(not dispute.is_charge_refundable for dispute in order.disputes.all()):
        return "The payment is disputed: Stripe can’t refund it now."
    return ""


def cancel(order: Order, reason: str, refund_id: UUID, *, put_back: bool) -> bool:
    """Take the order off the packing list and write down the refund of what is left, in one
    transaction; True for the one call that is the first. Raises CannotCancel.

    Stripe is asked afterwards, by `refund` with the same id; whatever it answers, and if it never
    does, nobody packs the order meanwhile, and the reconciler finishes the refund.
    """
    with transaction.atomic():
        locked = Order.objects.select_for_update().get(pk=order.pk)
        if locked.cancelled_at:
            return False
        if why := why_not_cancel(locked):
            raise CannotCancel(why)
        before = given_back(locked)
        left = [(line, line.quantity - before.get(line.pk, 0)) for line in locked.lines.all()]
        left = [(line, quantity) for line, quantity in left if quantity > 0]
        locked.cancelled_at = locked.cancel_mail_due_at = timezone.now()
        locked.save(update_fields=["cancelled_at", "cancel_mail_due_at"])
        if locked.refundable_cents:
            # Nothing was sent, so the products do not wait for the money to be in stock again.
            returned = [Returned(line, quantity) for line, quantity in left]
            write_refund(locked, locked.refundable_cents, reason, refund_id, returned)
        if put_back:
            put_back_in_stock(left)
        transaction.on_commit(partial(mails.send_soon, mails.cancelled, order.pk))
    return True
