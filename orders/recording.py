"""A paid session becomes exactly one order: the one way in, for whoever learns of the payment."""

import logging
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Case, Exists, F, Q, When
from django.utils import timezone

from accounts.locking import in_order
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
    is_late = session.state is State.PAID and payments.may_be_delayed(session)
    if is_late and not Order.objects.filter(stripe_session_id=session.id).exists():
        return session, payments.paid_at(session)
    return session, session.confirmed_at


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
    """The one order of a paid session; whoever finds the checkout not paid makes it so."""
    values = order_values(session, checkout, paid_at)
    if checkout and not has_order(checkout):
        # Nobody else makes it meanwhile: the checkout is locked.
        order, is_new = Order.objects.create(stripe_session_id=session.id, **values), True
    else:
        order, is_new = Order.objects.get_or_create(stripe_session_id=session.id, defaults=values)
    if is_new:
        write_lines(order, session, checkout)
        keep_customer(session, order.user)
        transaction.on_commit(partial(mails.send_soon, mails.send_receipt, order.pk))
        logger.info("order %s recorded for session %s", order.number, session.id)
    if checkout and checkout.status != Checkout.Status.PAID:
        checkout.note_sale(order.number)
        checkout.status = Checkout.Status.PAID
        checkout.save(update_fields=["status"])
        take_bought_out(checkout)
    return order


def checkout_of(session: Session) -> Checkout | None:
    """Our snapshot of the session; by its own id where the session's was never stored.

    Locked, so that nobody puts its stock back between our look at its status and "paid"; and the
    buyer before it, in the order in which the deletion of an account takes them.
    """
    ids = [session.checkout_id] if session.checkout_id else []
    unstored = Q(pk__in=ids, stripe_session_id=None)
    checkouts = Checkout.objects.filter(Q(stripe_session_id=session.id) | unstored)
    # No stronger lock: staff who buy here are also named by what they save in the admin meanwhile.
    buyers = User.objects.select_for_update(no_key=True).order_by("pk")
    locked = {user.pk: user for user in buyers.filter(pk__in=checkouts.values("user"))}
    recorded = Exists(Order.objects.filter(stripe_session_id=session.id))
    theirs = checkouts.filter(Q(user=None) | Q(user__in=locked)).annotate(is_recorded=recorded)
    stored_first = theirs.order_by(F("stripe_session_id").asc(nulls_last=True))
    checkout = stored_first.select_for_update().prefetch_related("lines").first()
    if not checkout:
        return None
    if checkout.user_id:
        checkout.user = locked[checkout.user_id]
    if not checkout.stripe_session_id:
        # Stored also while it is unpaid: the reconciler asks about what has a session.
        checkout.stripe_session_id = session.id
        checkout.save(update_fields=["stripe_session_id"])
    return checkout


def has_order(checkout: Checkout) -> bool:
    """Of one that `checkout_of` found. Whoever had its lock before us made it paid with its order;
    an order may also be older than a checkout that a backup brought back."""
    return checkout.status == Checkout.Status.PAID or checkout.is_recorded  # type: ignore[attr-defined]


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
    lines = [*checkout.lines.all()] if checkout else [*lines_at_stripe(session)]
    known = sell(lines)
    OrderLine.objects.bulk_create(
        OrderLine(
            order=order,
            product_id=line.product_id if line.product_id in known else None,
            product_name=line.product_name,
            unit_price_cents=line.unit_price_cents,
            quantity=line.quantity,
        )
        for line in lines
    )


def lines_at_stripe(session: Session) -> list[SessionLine]:
    """After a backup was restored, an id that Stripe tells may be another product's: without it."""
    products = Product.objects.in_bulk([line.product_id for line in session.lines])
    same = {(pk, product.full_name) for pk, product in products.items()}
    return [
        line if (line.product_id, line.product_name) in same else replace(line, product_id=None)
        for line in session.lines
    ]


def sell(lines: Iterable[CheckoutLine | SessionLine]) -> set[int]:
    """Count the products as sold, and lock them, so that nobody deletes them; which there are."""
    pieces: Counter[int] = Counter()
    for line in lines:
        if line.product_id:
            pieces[line.product_id] += line.quantity
    products = Product.objects.filter(pk__in=pieces)
    sold = Case(*(When(pk=pk, then=number) for pk, number in pieces.items()))
    if in_order(products, no_key=True).update(sold_count=F("sold_count") + sold) == len(pieces):
        return set(pieces)
    return set(products.values_list("pk", flat=True))
