"""Starting a checkout: from products and quantities to the address of Stripe's page.

The races of this file, and who wins each, are drawn in docs/payments.md.
"""

from collections.abc import Sequence

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from shop import payments
from shop.models import CHECKOUT_LIFETIME, Checkout, CheckoutLine, Product
from shop.session_params import session_params

Status = Checkout.Status
MAX_ATTEMPTS = 5


class Unavailable(Exception):
    """A product was deactivated or deleted while the shopper looked at it."""


def start_checkout(
    user: User, wanted: Sequence[tuple[int, int]], *, from_cart: bool = False
) -> str:
    """The address of Stripe's page for these (product id, quantity) pairs.

    May be repeated: the same contents lead to the same page as long as it has time left, so that
    a double click, the back button and a second tab make one session. Other contents end the
    earlier checkout first. Raises Unavailable, OutOfStock and PaymentRefused, having done nothing,
    and PaymentError when it is not known what Stripe did; repeating is safe.
    """
    lines = take_snapshot(wanted)
    for _ in range(MAX_ATTEMPTS):
        checkout = Checkout.objects.filter(user=user, status=Status.OPEN).first()
        same = checkout and checkout.is_for(lines) and checkout.from_cart == from_cart
        if checkout and not (same and checkout.has_time_left):
            end_checkout(checkout)
            continue
        if not checkout:
            try:
                checkout = write_checkout(user, lines, from_cart=from_cart)
            except IntegrityError:
                continue  # another request of this shopper was faster: go on with its checkout
        url = stripe_page(checkout)
        if url:
            return url
    raise payments.PaymentError("other requests of this shopper kept getting in between")


def take_snapshot(wanted: Sequence[tuple[int, int]]) -> list[CheckoutLine]:
    """Unsaved lines with today's names and prices. Raises Unavailable for what is not on sale."""
    products = Product.objects.active().in_bulk([product_id for product_id, _ in wanted])
    if len(products) < len(wanted):
        raise Unavailable
    return [
        CheckoutLine(
            product=products[product_id],
            product_name=products[product_id].name,
            unit_price_cents=products[product_id].price_cents,
            quantity=quantity,
        )
        for product_id, quantity in wanted
    ]


def write_checkout(user: User, lines: list[CheckoutLine], *, from_cart: bool = False) -> Checkout:
    """The snapshot and its stock, committed before Stripe is called.

    Raises OutOfStock, and IntegrityError when there is an open checkout of the user already.
    """
    checkout = Checkout(
        user=user,
        email=user.email,
        currency=settings.CURRENCY,
        from_cart=from_cart,
        total_cents=sum(line.total_cents for line in lines),
        expires_at=timezone.now() + CHECKOUT_LIFETIME,
    )
    checkout.session_params = session_params(checkout, lines)
    with transaction.atomic():
        # Before the stock: a second request of the same shopper waits here, holding nothing.
        checkout.save(force_insert=True)
        # In primary-key order, so that two carts never wait for each other.
        for line in sorted(lines, key=lambda line: line.product_id or 0):
            line.checkout = checkout
            line.holds_stock = line.product.take_stock(line.quantity)  # type: ignore[union-attr]
        CheckoutLine.objects.bulk_create(lines)
    return checkout


def stripe_page(checkout: Checkout) -> str | None:
    """Where to pay the open checkout; None if it turns out to be over, which is then noted."""
    session_id = checkout.stripe_session_id
    if not session_id:
        try:
            session = payments.create_session(checkout)
        except payments.PaymentRefused:
            checkout.end()  # nothing was made at Stripe, so nothing can be paid
            raise
        session_id = session.id
        Checkout.objects.filter(pk=checkout.pk).update(stripe_session_id=session_id)
        # A repeated call is answered with what Stripe said first, so the page may be over by now;
        # Stripe itself then tells the shopper.
        return session.url
    return note_end(checkout, session_id)


def end_checkout(checkout: Checkout) -> None:
    """End an open checkout, at Stripe first. Was it just paid, it waits there to be recorded."""
    try:
        # Without a stored id, the call that made the session may have died after Stripe's answer:
        # under the same key it answers again, or refuses, and then there is no session.
        session_id = checkout.stripe_session_id or payments.create_session(checkout).id
    except payments.PaymentRefused:
        checkout.end()
        return
    try:
        payments.expire_session(session_id)
    except payments.PaymentRefused:
        note_end(checkout, session_id)
    else:
        checkout.end()


def note_end(checkout: Checkout, session_id: str) -> str | None:
    """Where an open session can still be paid; one that ended is noted as Stripe reports it."""
    try:
        session = payments.retrieve_session(session_id)
    except payments.SessionUnknown:
        checkout.end()  # made with another account's key: nobody can pay it here
        return None
    note_session(checkout, session)
    return session.url


def note_session(checkout: Checkout, session: payments.Session) -> bool:
    """Move an unpaid checkout on to what Stripe reports; whether this call ended it."""
    if session.status == "expired" or session.is_failed:
        return checkout.end()
    if session.status == "complete":
        checkout.move_on(Status.PROCESSING)
    return False


def is_certainly_unpaid(checkout: Checkout) -> bool:
    """Whether nothing was paid, by our records or else by Stripe's; changes nothing."""
    if checkout.status in (Status.PAID, Status.PROCESSING):
        return False
    if not checkout.stripe_session_id:
        return True
    try:
        session = payments.retrieve_session(checkout.stripe_session_id)
    except payments.PaymentError:
        return False
    return session.status != "complete" or session.is_failed
