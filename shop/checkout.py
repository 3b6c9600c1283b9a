"""Starting a checkout: from products and quantities to the address of Stripe's page.

The races of this file, and who wins each, are drawn in docs/payments.md.
"""

import contextlib
import json
import logging
from collections.abc import Mapping, Sequence

from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from shop import payments
from shop.models import (
    CHECKOUT_LIFETIME,
    Checkout,
    CheckoutLine,
    DeliveryOption,
    Offer,
    OutOfStock,
    Product,
    StripeCustomer,
)
from shop.money import unpayable_reason
from shop.session_params import session_params
from shop.stripe_objects import Session, State

logger = logging.getLogger(__name__)

Status = Checkout.Status
MAX_ATTEMPTS = 5


class Unavailable(Exception):
    """A product was deactivated or deleted while the shopper looked at it."""


class PriceChanged(Exception):
    """A product has another price than the shopper saw: say so and ask again."""


class NotPayable(Exception):
    """Stripe takes no such total; the message says why, in words for the shopper."""


def start_checkout(
    user: User,
    wanted: Sequence[tuple[int, int]],
    prices_seen: Mapping[int, int],
    *,
    from_cart: bool = False,
) -> str:
    """The address of Stripe's page for these (product id, quantity) pairs.

    May be repeated: the same contents lead to the same page as long as it has time left, so that
    a double click, the back button and a second tab make one session; was that page just paid, they
    lead to the success page. Other contents end the earlier checkout first. `prices_seen`, in cents
    by product id, are never charged otherwise.

    Raises Unavailable, PriceChanged, NotPayable, OutOfStock and shop.payments.PaymentRefused,
    having done nothing, and PaymentError when it is not known what Stripe did; repeating is safe.
    """
    lines = take_snapshot(wanted, prices_seen)
    delivery = take_offers(lines)
    for _ in range(MAX_ATTEMPTS):
        checkout = Checkout.objects.filter(user=user, status=Status.OPEN).first()
        if not checkout:
            try:
                checkout = write_checkout(user, lines, delivery, from_cart=from_cart)
            except IntegrityError:
                continue  # another request of this shopper was faster: go on with its checkout
            url = open_page(checkout)
        elif checkout.is_for(lines, delivery) and checkout.from_cart == from_cart:
            url = return_to(checkout)
        else:
            # Before the earlier page is ended: a Buy that cannot succeed ends nothing.
            check_stock(lines, checkout)
            close(checkout)
            continue
        if url:
            return url
    raise payments.PaymentError("other requests of this shopper kept getting in between")


def take_snapshot(
    wanted: Sequence[tuple[int, int]], prices_seen: Mapping[int, int]
) -> list[CheckoutLine]:
    """Unsaved lines with today's names and prices. Raises Unavailable, PriceChanged, NotPayable."""
    products = Product.objects.active().in_bulk([product_id for product_id, _ in wanted])
    if len(products) < len(wanted):
        raise Unavailable
    if any(
        prices_seen.get(pk, found.current_price_cents) != found.current_price_cents
        for pk, found in products.items()
    ):
        raise PriceChanged
    lines = [
        CheckoutLine(
            product=products[product_id],
            product_name=products[product_id].full_name,
            unit_price_cents=products[product_id].current_price_cents,
            quantity=quantity,
        )
        for product_id, quantity in wanted
    ]
    if reason := unpayable_reason(total_of(lines), settings.CURRENCY):
        raise NotPayable(reason)
    return lines


def take_offers(lines: Sequence[CheckoutLine]) -> list[Offer]:
    """The ways of delivery to choose from, at today's prices for this much. Raises NotPayable."""
    total_cents = total_of(lines)
    offers = [option.offer(total_cents) for option in DeliveryOption.objects.offered()]
    for offer in offers:
        if reason := unpayable_reason(total_cents + offer["price_cents"], settings.CURRENCY):
            raise NotPayable(reason)
    return offers


def total_of(lines: Sequence[CheckoutLine]) -> int:
    return sum(line.total_cents for line in lines)


def check_stock(lines: Sequence[CheckoutLine], checkout: Checkout) -> None:
    """Raise OutOfStock where ending the earlier checkout would not set enough free either."""
    held = {line.product_id: line.quantity for line in checkout.lines.filter(holds_stock=True)}
    for line in lines:
        product = line.product
        if product and product.stock is not None:
            left = product.stock + held.get(product.pk, 0)
            if left < line.quantity:
                raise OutOfStock(product, left)


def write_checkout(
    user: User,
    lines: list[CheckoutLine],
    delivery: Sequence[Offer] = (),
    *,
    from_cart: bool = False,
) -> Checkout:
    """The snapshot and its stock, committed before Stripe is called.

    Raises OutOfStock, and IntegrityError when there is an open checkout of the user already.
    """
    checkout = Checkout(
        user=user,
        email=user.email,
        currency=settings.CURRENCY,
        from_cart=from_cart,
        total_cents=total_of(lines),
        delivery=list(delivery),
        expires_at=timezone.now() + CHECKOUT_LIFETIME,
    )
    checkout.session_params = session_params(user, checkout, lines)
    with transaction.atomic():
        # Before the stock: a second request of the same shopper waits here, holding nothing.
        checkout.save()
        # In primary-key order, so that two carts never wait for each other.
        for line in sorted(lines, key=lambda line: line.product_id or 0):
            # A new row each time: another request may have given up the checkout of the last try.
            line.pk, line.checkout = None, checkout
            line.holds_stock = line.product.take_stock(line.quantity)  # type: ignore[union-attr]
        CheckoutLine.objects.bulk_create(lines)
        checkout.note_movements([line for line in lines if line.holds_stock], is_back=False)
    return checkout


def open_page(checkout: Checkout) -> str | None:
    """Where to pay a checkout without a session yet; None if it was given up: start anew.

    Raises PaymentRefused and AnswerIsSaved, having given it up: the shopper can buy again at once.
    """
    try:
        session = payments.create_session(checkout)
    except payments.CustomerUnknown:
        # Stripe keeps this answer under the key for a day, so it takes another checkout. Forgotten
        # first: whoever finds this one given up finds no customer either.
        forget_customer(checkout)
        checkout.release(stripe_session_id=None)
        return None
    except (payments.PaymentRefused, payments.AnswerIsSaved):
        # Should there be a session after all, nobody has its address: nobody can pay it, and the
        # reconciler ends it.
        checkout.release(stripe_session_id=None)
        raise
    if checkout.store_session(session.id):
        return session.url
    checkout.refresh_from_db()
    if checkout.may_be_paid:
        return success_url(session.id)
    with contextlib.suppress(payments.PaymentError):  # the reconciler tries again
        payments.expire_session(session.id)
    return None


def forget_customer(checkout: Checkout) -> None:
    """The one that the checkout asked for: by now the shopper may have another."""
    asked_for = json.loads(checkout.session_params).get("customer", "")
    StripeCustomer.objects.filter(stripe_id=asked_for).delete()


def return_to(checkout: Checkout) -> str | None:
    """Where the shopper goes on with an open checkout: Stripe's page, or the success page if it
    was just paid; None if it is over, which is then noted."""
    if not checkout.stripe_session_id:
        if checkout.can_be_created:
            return open_page(checkout)
        close(checkout)
        return None
    session = follow(checkout)
    if session and session.state is State.OPEN and not checkout.has_time_left:
        session = close(checkout)
    if not session:
        return None
    if session.state in (State.PAID, State.PROCESSING):
        return success_url(session.id)
    return session.url


def success_url(session_id: str) -> str:
    return f"{reverse('orders:success')}?session_id={session_id}"


def close(checkout: Checkout) -> Session | None:
    """End an open checkout, at Stripe first. Was it just paid, its session says so.

    Raises PaymentError where Stripe cannot be asked: then nothing is ended.
    """
    if not checkout.stripe_session_id and not find_session(checkout):
        return None
    try:
        payments.expire_session(checkout.stripe_session_id or "")
    except payments.PaymentRefused:
        return follow(checkout)
    checkout.release()
    return None


def find_session(checkout: Checkout) -> str | None:
    """The session of a checkout that has stored none; without one it is given up.

    The call that made it may have died after Stripe's answer: under the same key Stripe answers
    again, or refuses, and then there is none.
    """
    try:
        session_id = payments.create_session(checkout).id
    except (payments.PaymentRefused, payments.AnswerIsSaved):
        checkout.release(stripe_session_id=None)
        return None
    return session_id if checkout.store_session(session_id) else None


def follow(checkout: Checkout) -> Session | None:
    """Bring a checkout to where Stripe says its session is; None if the account has none such.

    A paid one waits as "processing" for its order. Raises shop.payments.PaymentError.
    """
    try:
        session = payments.retrieve_session(checkout.stripe_session_id or "")
    except payments.SessionUnknown:
        checkout.release_unknown()
        return None
    move_to(checkout, session)
    return session


def move_to(checkout: Checkout, session: Session) -> bool:
    """Write down where the session of an unpaid checkout is; whether a delayed payment failed."""
    if session.is_failed and checkout.status in Checkout.UNFINISHED:
        # Stripe has made the customer all the same. Before the hold, as the user is locked first.
        with transaction.atomic():
            locked = User.objects.select_for_update(no_key=True)
            keep_customer(session, locked.filter(pk=checkout.user_id or 0).first())
        return checkout.fail()
    if session.state is State.ENDED:
        checkout.release()
    elif session.state in (State.PAID, State.PROCESSING):
        checkout.move_on(Status.PROCESSING)
    return False


def keep_customer(session: Session, buyer: User | None) -> None:
    """Keep the customer of a session that was gone through, for the next time.

    Call it in a transaction that holds the buyer's lock.
    """
    if session.customer_id:
        StripeCustomer.keep(session.customer_id, buyer)


def is_certainly_unpaid(checkout: Checkout) -> bool:
    """Whether nothing was paid, by our records or else by Stripe's; changes nothing."""
    if checkout.status in (Status.PAID, Status.PROCESSING):
        return False
    if not checkout.stripe_session_id:
        return True  # nobody got the address of a page
    try:
        session = payments.retrieve_session(checkout.stripe_session_id)
    except payments.PaymentError:
        return False
    return session.state in (State.OPEN, State.ENDED)
