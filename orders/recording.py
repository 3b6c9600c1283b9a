"""A paid session becomes exactly one order: the one way in, for whoever learns of the payment."""

import logging
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import F

from accounts.models import User
from orders import mails
from orders.models import Order, OrderLine, StripeEvent
from shop import payments
from shop.cart import take_bought_out
from shop.checkout import note_session
from shop.models import Checkout, CheckoutLine, Product
from shop.money import format_money

logger = logging.getLogger(__name__)


def record_order(session_id: str, event: payments.Event | None = None) -> Order | None:
    """The order of a session that Stripe calls paid; None while it is not, or if it is not ours.

    Called by the success page and the webhook, at the same moment too, and may be repeated: only
    the call that creates the order writes its lines. Stripe is asked before the transaction, so
    that no database lock waits for the network. An event that brought the news is remembered in
    the same transaction, and does nothing when it is known. Raises shop.payments.PaymentError.
    """
    session = payments.retrieve_session(session_id)
    with transaction.atomic():
        if event and not StripeEvent.objects.remember(event):
            return None
        checkout = checkout_of(session)
        if not checkout and not session.is_ours:
            return None
        if not session.is_paid:
            if checkout and note_session(checkout, session) and session.is_failed:
                transaction.on_commit(partial(mails.send_soon, mails.payment_failed, checkout.pk))
            return None
        return order_of(session, checkout)


def order_of(session: payments.Session, checkout: Checkout | None) -> Order:
    """The one order of a paid session; the caller that creates it closes the checkout."""
    order, created = Order.objects.get_or_create(
        stripe_session_id=session.id, defaults=order_values(session, checkout)
    )
    if created:
        write_lines(order, session, checkout)
        if checkout:
            checkout.status, checkout.stripe_session_id = Checkout.Status.PAID, session.id
            checkout.save(update_fields=["status", "stripe_session_id"])
            take_bought_out(checkout)
        transaction.on_commit(partial(mails.send_soon, mails.send_receipt, order.pk))
        logger.info("order %s recorded for session %s", order.number, session.id)
    return order


def checkout_of(session: payments.Session) -> Checkout | None:
    """Our snapshot of the session; by its own id where the session's was never stored.

    Locked, so that nobody puts its stock back between our look at its status and "paid".
    """
    checkouts = Checkout.objects.select_for_update().prefetch_related("lines")
    checkout = checkouts.filter(stripe_session_id=session.id).first()
    if not checkout and session.checkout_id:
        checkout = checkouts.filter(pk=session.checkout_id, stripe_session_id=None).first()
        if checkout:
            # Stored also while it is unpaid: the reconciler asks about what has a session.
            checkout.stripe_session_id = session.id
            checkout.save(update_fields=["stripe_session_id"])
    return checkout


def order_values(session: payments.Session, checkout: Checkout | None) -> dict[str, Any]:
    """The new order's fields: amounts from Stripe, the buyer from the snapshot."""
    user = User.objects.filter(pk=(checkout or session).user_id or 0).first()
    reasons = reasons_for_review(session, checkout)
    if not user:
        reasons.append("The buyer's account does not exist any more.")
    return {
        "user": user,
        "email": (checkout and checkout.email) or session.email,
        "stripe_payment_intent_id": session.payment_intent_id,
        "currency": session.currency,
        "subtotal_cents": session.subtotal_cents,
        "discount_cents": session.discount_cents,
        "shipping_cents": session.shipping_cents,
        "tax_cents": session.tax_cents,
        "total_cents": session.total_cents,
        "shipping_name": session.shipping_name,
        "shipping_address": session.shipping_address,
        "paid_at": session.paid_at,
        "needs_review": bool(reasons),
        "review_reason": "\n".join(reasons),
    }


def reasons_for_review(session: payments.Session, checkout: Checkout | None) -> list[str]:
    """What staff should look at. Money that moved is never turned away, so nothing is refused."""
    if not checkout:
        return ["The checkout is missing here; the order was rebuilt from what Stripe knows."]
    reasons = []
    expected = format_money(checkout.total_cents, checkout.currency)
    subtotal = format_money(session.subtotal_cents, session.currency)
    due = session.subtotal_cents - session.discount_cents + session.shipping_cents
    if subtotal != expected:
        reasons.append(f"Stripe charged for {subtotal} of products, the checkout was {expected}.")
    # Tax comes on top, or was in the prices already: that is a setting of the Stripe account.
    if not due <= session.total_cents <= due + session.tax_cents:
        total = format_money(session.total_cents, session.currency)
        reasons.append(f"The total of {total} is not the sum of its parts.")
    if checkout.status == Checkout.Status.EXPIRED:
        held = ", ".join(str(line) for line in checkout.lines.all() if line.holds_stock)
        back = f" and its stock put back: check that there is enough of {held}" if held else ""
        reasons.append(f"It was paid after the checkout had ended here{back}.")
    return reasons


def write_lines(order: Order, session: payments.Session, checkout: Checkout | None) -> None:
    """The lines of the snapshot, or of Stripe's session where there is no snapshot."""
    lines: list[CheckoutLine | payments.SessionLine]
    lines = [*checkout.lines.all()] if checkout else [*session.lines]
    known = Product.objects.in_bulk([line.product_id for line in lines if line.product_id])
    # In primary-key order, as stock is taken: two orders of the same products never deadlock.
    for line in sorted(lines, key=lambda line: line.product_id or 0):
        sold = Product.objects.filter(pk=line.product_id or 0)
        sold.update(sold_count=F("sold_count") + line.quantity)
    OrderLine.objects.bulk_create(
        OrderLine(
            order=order,
            product=known.get(line.product_id or 0),
            product_name=line.product_name,
            unit_price_cents=line.unit_price_cents,
            quantity=line.quantity,
        )
        for line in lines
    )
