"""What every test stands on: people, a product, and a Stripe of its own for each test."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings as shop_settings
from django.test import Client

from accounts import background
from accounts.models import User
from shop import forms, remembered, which_stripe
from shop.models import Category, DeliveryOption, Product
from stripe_simulator import delivery
from tests.people import PASSWORD, clerk, logged_in


@pytest.fixture(scope="session")
def django_db_modify_db_settings(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Each process has a database of its own: two runs at once do not meet.

    A file rather than memory: the threads of a live server each need a connection of their own.
    """
    database = shop_settings.DATABASES["default"]
    name = f"test_{database['NAME']}_{os.getpid()}"
    if database["ENGINE"].endswith("sqlite3"):
        name = str(tmp_path_factory.mktemp("database") / "test.sqlite3")
    database.setdefault("TEST", {})["NAME"] = name


@pytest.fixture(autouse=True)
def own_world(settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files and simulated payments of this test alone; webhooks go to Django's test client."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.STRIPE_SIMULATOR_STORE = tmp_path / "stripe.sqlite3"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    remembered.rendered.cache_clear()  # what a setting says is no part of the key
    forms.asked_for.cache_clear()
    which_stripe.known_right.clear()
    monkeypatch.setattr(delivery, "background", False)
    monkeypatch.setattr(background, "enabled", False)
    monkeypatch.setattr(delivery, "send", send_to_test_client)


def send_to_test_client(url: str, payload: bytes, headers: dict[str, str]) -> int:
    client = Client(raise_request_exception=False)
    response = client.post(
        url, payload, content_type="application/json", headers=headers, follow=False
    )
    return response.status_code


@pytest.fixture
def alice(db) -> User:
    return User.objects.create_user("alice", "alice@example.com", PASSWORD)


@pytest.fixture
def bob(db) -> User:
    return User.objects.create_user("bob", "bob@example.com", PASSWORD)


@pytest.fixture
def staff(db) -> User:
    return User.objects.create_superuser("staff", "staff@example.com", PASSWORD)


@pytest.fixture
def mug(db) -> Product:
    kitchen = Category.objects.create(name="Kitchen", slug="kitchen")
    return Product.objects.create(
        name="Speckled mug",
        slug="speckled-mug",
        category=kitchen,
        description="Holds tea.",
        price_cents=1900,
    )


@pytest.fixture
def bowl(mug: Product) -> Product:
    return Product.objects.create(
        name="Walnut bowl", slug="walnut-bowl", category=mug.category, price_cents=5450
    )


@pytest.fixture
def standard(db) -> DeliveryOption:
    return DeliveryOption.objects.create(
        name="Standard",
        price_cents=490,
        free_from_cents=6000,
        days_min=3,
        days_max=5,
        countries="US, CA",
        position=1,
    )


@pytest.fixture
def express(db) -> DeliveryOption:
    return DeliveryOption.objects.create(
        name="Express", price_cents=1200, days_min=1, days_max=2, countries="US, CA", position=2
    )


@pytest.fixture
def as_alice(alice: User) -> Client:
    return logged_in(alice)


@pytest.fixture
def as_bob(bob: User) -> Client:
    return logged_in(bob)


@pytest.fixture
def as_staff(staff: User) -> Client:
    return logged_in(staff)


@pytest.fixture
def as_clerk(db) -> Callable[..., Client]:
    """Logs in someone who works here and has these permissions alone: as_clerk("view_order")."""
    return lambda *permissions: logged_in(clerk(*permissions))
