"""Whose an order is: the buyer's who paid, or nobody's; this shop's, whatever its address is."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.models import User
from conftest import PASSWORD
from orders.models import Order
from orders.reconcile import reconcile
from orders.recording import record_order
from orders.refunds import sync_refunds
from orders.tests.test_webhook import event, post, signed
from shop.models import Checkout, Product, Shop
from stripe_simulator.testing import foreign_session, pay, refund_at_stripe, set_webhooks


def run():
    return reconcile(timezone.now() - timedelta(days=3))


# A backup was restored: what was bought since is gone here, and ids are given out again


@pytest.fixture
def restored(paid) -> Checkout:
    Checkout.objects.all().delete()
    return paid


def test_an_order_is_nobodys_when_the_buyers_id_belongs_to_someone_else(restored, alice):
    freed = alice.pk
    alice.delete()
    eve = User.objects.create_user("eve", "eve@example.com", PASSWORD, pk=freed)
    order = record_order(restored.stripe_session_id)

    assert not Order.objects.for_user(eve).exists()
    assert (order.user, order.email) == (None, "alice@example.com")
    assert "rebuilt" in order.review_reason
    assert "account does not exist any more" in order.review_reason


def test_the_name_of_the_buyer_given_to_someone_else_gives_them_no_order(restored, alice):
    alice.delete()
    namesake = User.objects.create_user("alice", "alice@example.com", PASSWORD)
    record_order(restored.stripe_session_id)

    assert not Order.objects.for_user(namesake).exists()


def test_a_buyer_who_is_still_there_has_the_order_under_any_name(restored, alice):
    User.objects.update(username="married", email="new@example.com")
    order = record_order(restored.stripe_session_id)

    assert order.user == alice
    assert order.email == "alice@example.com"  # what went to Stripe


def test_a_product_whose_id_was_given_out_again_is_not_said_to_have_been_bought(restored, mug):
    freed, kitchen = mug.pk, mug.category
    mug.delete()
    bowl = Product.objects.create(
        pk=freed, name="Walnut bowl", slug="bowl", category=kitchen, price_cents=5450
    )
    (line,) = record_order(restored.stripe_session_id).lines.all()

    assert (line.product, line.product_name) == (None, "Speckled mug")
    bowl.refresh_from_db()
    assert bowl.sold_count == 0


def test_a_product_that_is_still_there_has_its_line_and_its_sale(restored, mug):
    (line,) = record_order(restored.stripe_session_id).lines.all()

    assert line.product == mug
    mug.refresh_from_db()
    assert mug.sold_count == 2


# The shop moves; others share its Stripe account


@pytest.fixture
def moved(settings) -> None:
    settings.SITE_URL = "https://moved.example.com"


@pytest.mark.parametrize("way", ["webhook", "success page", "reconciler"])
def test_a_session_begun_before_the_shop_moved_is_still_ours(
    as_alice, alice, mug, buy, settings, way
):
    set_webhooks("lost")
    session_id = buy(as_alice, mug).stripe_session_id
    settings.SITE_URL = "https://moved.example.com"
    pay(session_id)
    if way == "webhook":
        payload = event(session_id)
        assert post(payload, signed(payload)).status_code == 200
    elif way == "success page":
        as_alice.get("/success/", {"session_id": session_id})
    else:
        run()

    assert Order.objects.get().user == alice


def test_an_order_of_before_the_move_is_rebuilt_after_it(restored, moved, alice):
    run()

    assert Order.objects.get().user == alice


def test_a_refund_of_an_order_of_before_the_move_is_ours(paid, moved):
    order = record_order(paid.stripe_session_id)
    refund_at_stripe(order.stripe_payment_intent_id, 500)
    sync_refunds(order.stripe_payment_intent_id)

    order.refresh_from_db()
    assert order.refunded_cents == 500


def test_another_shop_at_the_same_address_and_account_stays_apart(paid, settings):
    """A test shop and its copy: the same SITE_URL, another row of Shop."""
    Checkout.objects.all().delete()
    Shop.objects.update(stripe_key=uuid4())
    run()
    payload = event(paid.stripe_session_id)

    assert post(payload, signed(payload)).status_code == 200
    assert not Order.objects.exists()


def test_a_session_of_another_shop_with_our_address_in_its_metadata_stays_theirs(db, settings):
    foreign_session({"shop": str(uuid4()), "site": settings.SITE_URL, "buyer": str(uuid4())})
    run()

    assert not Order.objects.exists()


def test_the_shop_keeps_its_name_at_stripe(db, moved):
    before = Shop.key()

    assert Shop.key() == before
    assert Shop.objects.count() == 1
