"""A Stripe that answers at once and has nothing to look up: what it costs is not the shop's.

Imported as an application by gunicorn it is the shop, with this Stripe in place of the real one.
"""

import os
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from accounts import throttle  # noqa: E402  (Django is set up only now)
from config.wsgi import application as application  # noqa: E402
from shop import payments  # noqa: E402
from shop.models import Checkout  # noqa: E402
from shop.stripe_objects import Session, State, read_session  # noqa: E402


def create_session(checkout: Checkout) -> Session:
    """Its id says all that there is to know of it: each worker may be asked about it."""
    return session(f"cs_test_{checkout.pk.hex}x{checkout.total_cents}", State.OPEN)


def retrieve_session(session_id: str) -> Session:
    return session(session_id, State.PAID)


def session(session_id: str, state: State) -> Session:
    checkout, _, cents = session_id.removeprefix("cs_test_").partition("x")
    found = read_session({"id": session_id, "url": f"https://checkout.stripe.com/c/{session_id}"})
    return replace(
        found,
        state=state,
        checkout_id=UUID(checkout),
        currency="usd",
        subtotal_cents=int(cents),
        total_cents=int(cents) + 490,
        shipping_cents=490,
        delivery_option=1,
        payment_intent_id=f"pi_{checkout}",
        customer_id=f"cus_{checkout}",
        confirmed_at=datetime.now(UTC),
        shipping_name="Test Shopper",
        shipping_address="1 Main Street\n12345 Springfield\nUS",
        shipping_country="US",
    )


payments.create_session = create_session
payments.retrieve_session = retrieve_session
# A few shoppers buy here what thousands would.
throttle.CHECKOUT = replace(throttle.CHECKOUT, tries=10**6)
