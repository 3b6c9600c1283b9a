"""A paid session becomes exactly one order: the one way in, for whoever learns of the payment."""

import logging
from datetime import datetime
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from orders import mails
from orders.models import Order, OrderLine
from shop import payments
from shop.cart import take_bought_out
from shop.checkout import keep_customer, move_to
from shop.countries import country_name
from shop.delivery import chosen_offer, working_days_after
from shop.models import Checkout, CheckoutLine, Product
from shop.money import format_money
from shop.stripe_objects import Session, SessionLine, State

logger = logging.getLogger(__name__)


def record_order(session_id: str) -> Order | None:
    """The order of a session that Stripe calls paid; None while it is not, or if it is not ours.

    Called by the success page, the webhook and the reconciler, at the same moment too, and may be
    repeated: only the call that creates the order writes its lines. Stripe is asked before the
    transaction, so that no database lock waits for the network. Raises shop.payments.PaymentError.
    """
    return write_order(*ask_about(session_id))


def ask_about(session_id: str) -> tuple[Session, datetime]:
    """The session, and when its money came if it did. Raises shop.payments.PaymentError."""
    session = payments.retrieve_session(session_id)
    is_paid = session.state is State.PAID
    known = Order.objects.filter(stripe_session_id=session.id).exists()
    return session, payments.paid_at(session) if is_paid and not known else session.confirmed_at


def write_order(session: Session, paid_at: datetime) -> Order | None:
    """Write down what Stripe said of a session: the order of a paid one, the end of another."""
    with transaction.atomic():
        checkout = checkout_of(session)
        if not checkout and not payments.is_ours(session):
            return None
        if session.state is State.PAID:
            return order_of(session, checkout, paid_at)
        if checkout and move_to(checkout, session):
            transaction.on_commit(partial(mails.send_soon, mails.payment_failed, checkout.pk))
        return None


def order_of(session: Session, checkout: Checkout | None, paid_at: datetime) -> Order:
    """The one order of a paid session; the caller that creates it closes the checkout."""
    order, created = Order.objects.get_or_create(
        stripe_session_id=session.id, defaults=order_values(session, checkout, paid_at)
    )
    if created:
        write_lines(order, session, checkout)
        keep_customer(session, order.user)
        if checkout:
            checkout.note_sale(order.number)
            checkout.status = Checkout.Status.PAID
            checkout.save(update_fields=["status"])
            take_bought_out(checkout)
        transaction.on_commit(partial(mails.send_soon, mails.send_receipt, order.pk))
        logger.info("order %s recorded for session %s", order.number, session.id)
    return order


def checkout_of(session: Session) -> Checkout | None:
    """Our snapshot of the session; by its own id where the session's was never stored.

    Locked, so that nobody puts its stock back between our look at its status and "paid"; and the
    buyer before it, in the order in which the deletion of an account takes them.
    """
    ids = [session.checkout_id] if session.checkout_id else []
    unstored = Checkout.objects.filter(pk__in=ids, stripe_session_id=None)
    found = Checkout.objects.filter(stripe_session_id=session.id).first() or unstored.first()
    if not found:
        return None
    # No stronger lock: staff who buy here are also named by what they save in the admin meanwhile.
    User.objects.select_for_update(no_key=True).filter(pk=found.user_id or 0).first()
    same = {"pk": found.pk, "stripe_session_id": found.stripe_session_id}
    locked = Checkout.objects.select_for_update().prefetch_related("lines")
    checkout = locked.filter(**same).first() or locked.filter(stripe_session_id=session.id).first()
    if checkout and not checkout.stripe_session_id:
        # Stored also while it is unpaid: the reconciler asks about what has a session.
        checkout.stripe_session_id = session.id
        checkout.save(update_fields=["stripe_session_id"])
    return checkout


def buyer_of(session: Session, checkout: Checkout | None) -> User | None:
    """Who certainly is the buyer, or nobody.

    Whoever pressed Buy here; where the checkout is gone, whoever has the key that went to Stripe.
    After a backup was restored a primary key may belong to someone else, the key never does.
    """
    if checkout:
        return checkout.user
    if not session.buyer_key:
        return None
    return User.objects.select_for_update(no_key=True).filter(stripe_key=session.buyer_key).first()


def order_values(session: Session, checkout: Checkout | None, paid_at: datetime) -> dict[str, Any]:
    """The new order's fields: amounts from Stripe, the buyer from the snapshot."""
    user = buyer_of(session, checkout)
    reasons = reasons_for_review(session, checkout)
    if not user:
        reasons.append("Who bought it is not known here: the account does not exist any more.")
    return {
        "user": user,
        "email": (checkout and checkout.email) or session.email or (user.email if user else ""),
        "stripe_payment_intent_id": session.payment_intent_id,
        "currency": currency_of(session, checkout),
        "subtotal_cents": session.subtotal_cents,
        "discount_cents": session.discount_cents,
        "shipping_cents": session.shipping_cents,
        "tax_cents": session.tax_cents,
        "total_cents": session.total_cents,
        "shipping_name": session.shipping_name,
        "shipping_address": session.shipping_address,
        **delivery_values(session, checkout, paid_at),
        "paid_at": paid_at,
        "needs_review": bool(reasons),
        "review_reason": "\n".join(reasons),
    }


def delivery_values(
    session: Session, checkout: Checkout | None, paid_at: datetime
) -> dict[str, Any]:
    """What was chosen, as the snapshot has it, or else as Stripe's page showed it."""
    name, (fewest, most) = session.delivery_name, session.delivery_days
    if checkout and (offer := chosen_offer(checkout, session)):
        name, fewest, most = offer["name"], offer["days_min"], offer["days_max"]
    if not name or not 0 < fewest <= most:
        return {"delivery_name": name}
    paid_on = timezone.localdate(paid_at)
    return {
        "delivery_name": name,
        "expected_from": working_days_after(paid_on, fewest),
        "expected_to": working_days_after(paid_on, most),
    }


def currency_of(session: Session, checkout: Checkout | None) -> str:
    return session.currency or (checkout.currency if checkout else settings.CURRENCY)


def reasons_for_review(session: Session, checkout: Checkout | None) -> list[str]:
    """What staff should look at. Money that moved is never turned away, so nothing is refused."""
    if not checkout:
        return ["The checkout is missing here; the order was rebuilt from what Stripe knows."]
    reasons = []
    expected = format_money(checkout.total_cents, checkout.currency)
    subtotal = format_money(session.subtotal_cents, currency_of(session, checkout))
    due = session.subtotal_cents - session.discount_cents + session.shipping_cents
    if subtotal != expected:
        reasons.append(f"Stripe charged for {subtotal} of products, the checkout was {expected}.")
    # Tax comes on top, or was in the prices already: that is a setting of the Stripe account.
    if not due <= session.total_cents <= due + session.tax_cents:
        total = format_money(session.total_cents, currency_of(session, checkout))
        reasons.append(f"The total of {total} is not the sum of its parts.")
    reasons += delivery_reasons(session, checkout)
    if checkout.status == Checkout.Status.EXPIRED:
        held = ", ".join(str(line) for line in checkout.lines.all() if line.holds_stock)
        back = f" and its stock put back: check that there is enough of {held}" if held else ""
        reasons.append(f"It was paid after the checkout had ended here{back}.")
    return reasons


def delivery_reasons(session: Session, checkout: Checkout) -> list[str]:
    """Stripe's page offers each option in every country, and its price should be one of ours."""
    if not checkout.delivery:
        return []
    offer = chosen_offer(checkout, session)
    prices = [each["price_cents"] for each in ([offer] if offer else checkout.delivery)]
    if session.shipping_cents not in prices:
        charged = format_money(session.shipping_cents, currency_of(session, checkout))
        return [f"Stripe charged {charged} for delivery, which is the price of none offered here."]
    if not offer:
        return ["Stripe did not say which delivery was chosen."]
    if session.shipping_country and session.shipping_country not in offer["countries"]:
        country = country_name(session.shipping_country)
        return [f"{offer['name']} does not go to {country}: agree on another way with the buyer."]
    return []


def write_lines(order: Order, session: Session, checkout: Checkout | None) -> None:
    """The lines of the snapshot, or of Stripe's session where there is no snapshot."""
    lines: list[CheckoutLine | SessionLine]
    lines = [*checkout.lines.all()] if checkout else [*session.lines]
    known = Product.objects.in_bulk([line.product_id for line in lines if line.product_id])
    products = {line: known.get(line.product_id or 0) for line in lines}
    if not checkout:
        # After a backup was restored, an id that Stripe tells may be another product's.
        products = {
            line: product if product and product.full_name == line.product_name else None
            for line, product in products.items()
        }
    # In primary-key order, as stock is taken: two orders of the same products never deadlock.
    for line in sorted(lines, key=lambda line: line.product_id or 0):
        if product := products[line]:
            sold = Product.objects.filter(pk=product.pk)
            sold.update(sold_count=F("sold_count") + line.quantity)
    OrderLine.objects.bulk_create(
        OrderLine(
            order=order,
            product=products[line],
            product_name=line.product_name,
            unit_price_cents=line.unit_price_cents,
            quantity=line.quantity,
        )
        for line in lines
    )
