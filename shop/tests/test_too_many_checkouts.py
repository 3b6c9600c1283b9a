"""Someone who presses Buy all day long has to wait, and loses nothing by it."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from shop.models import Checkout
from tests.pages import read
from tests.recorded import stripe_calls

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


@pytest.fixture
def clock():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def tired(clock, as_alice, mug):
    """Alice, who has tried as often as she may."""
    as_alice.post(f"/cart/add/{mug.pk}/", {"quantity": 2})
    for _ in range(15):
        assert as_alice.post(f"/checkout/{mug.pk}/", {"quantity": 1}).status_code == 303
        assert as_alice.post("/checkout/").status_code == 303
    return as_alice


def test_one_buy_too_many_waits_and_keeps_what_was_typed(tired, mug):
    with stripe_calls() as calls:
        page = tired.post(f"/checkout/{mug.pk}/", {"quantity": 7})

    assert page.status_code == 429
    assert "Wait 10 minutes and try again." in read(page).part(".notice-error").text
    assert "Nothing was charged for this attempt." in read(page).part(".notice-error").text
    assert read(page).sent["quantity"] == "7"
    assert not calls


def test_one_checkout_too_many_waits_and_keeps_the_cart(tired, alice, mug):
    page = tired.post("/checkout/", {f"quantity-{mug.pk}": "5"})

    assert page.status_code == 429
    assert "Wait 10 minutes and try again." in read(page).part(".notice-error").text
    assert read(page).field("Quantity of Speckled mug") == "5"
    assert alice.cart_items.get().quantity == 2


def test_after_the_wait_it_goes_on(tired, mug, clock):
    clock.shift(timedelta(minutes=7))
    page = tired.post(f"/checkout/{mug.pk}/", {"quantity": 1})
    assert "Wait 3 minutes" in read(page).part(".notice-error").text

    clock.shift(timedelta(minutes=3))
    assert tired.post(f"/checkout/{mug.pk}/", {"quantity": 1}).status_code == 303


def test_nobody_waits_for_someone_else(tired, as_bob, mug):
    assert as_bob.post(f"/checkout/{mug.pk}/", {"quantity": 1}).status_code == 303
    assert Checkout.objects.filter(user__username="bob").exists()
