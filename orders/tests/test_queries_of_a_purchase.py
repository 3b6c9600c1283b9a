"""A purchase asks the database no more often for five products than for one."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from orders import events
from orders.models import Order
from orders.recording import record_order
from shop.checkout import start_checkout
from shop.models import CartItem, Checkout, Product, StripeCustomer
from shop.stripe_objects import Event
from shop.which_stripe import wrong_stripe
from stripe_simulator.testing import apply_promotion_code, pay, set_webhooks

TRANSACTION = 2  # its begin and its end, which are a savepoint's within a test


@pytest.fixture
def products(mug: Product) -> list[Product]:
    others = [
        Product(name=f"Thing {n}", slug=f"thing-{n}", category=mug.category, price_cents=500)
        for n in range(4)
    ]
    return [mug, *Product.objects.bulk_create(others)]


@pytest.fixture
def in_cart(as_alice: Client, alice: User, products: list[Product], own_world: None):
    """Start to pay so many products that stand in the cart; no event comes of it."""
    set_webhooks("lost")

    def start(lines: int) -> str:
        wanted = [(product.pk, 1) for product in products[:lines]]
        for pk, quantity in wanted:
            CartItem.objects.create(
                user=alice, product_id=pk, quantity=quantity, price_seen_cents=1
            )
        start_checkout(alice, wanted, prices_seen={}, from_cart=True)
        wrong_stripe()  # of this database it asks once in each process
        return Checkout.objects.get(status="open").stripe_session_id

    return start


def count(act, *args) -> int:
    with CaptureQueriesContext(connection) as asked:
        act(*args)
    return len(asked) - TRANSACTION


@pytest.mark.parametrize("lines", [1, 5])
def test_to_record_an_order_takes_twelve_queries(in_cart, lines):
    session_id = in_cart(lines)
    pay(session_id)

    assert count(record_order, session_id) == 12
    assert not CartItem.objects.exists()


@pytest.mark.parametrize("lines", [1, 5])
def test_counted_stock_adds_none(in_cart, lines):
    Product.objects.update(stock=9)
    session_id = in_cart(lines)
    pay(session_id)

    assert count(record_order, session_id) == 12


def test_a_discount_adds_none(in_cart, settings):
    settings.STRIPE_PROMOTION_CODES = True
    session_id = in_cart(5)
    apply_promotion_code(session_id, "SAVE10")
    pay(session_id)

    assert count(record_order, session_id) == 12
    assert Order.objects.get().discount_cents


def test_a_customer_who_is_known_saves_one(in_cart):
    pay(first := in_cart(1))
    record_order(first)
    assert StripeCustomer.objects.exists()
    pay(second := in_cart(5))

    assert count(record_order, second) == 11


def test_to_hear_of_an_order_again_takes_four(in_cart):
    pay(session_id := in_cart(5))
    record_order(session_id)

    assert count(record_order, session_id) == 4


def test_an_event_adds_three_and_a_transaction(in_cart):
    """Is it new? The row, and the mark that it is handled; the order's transaction is within."""
    pay(session_id := in_cart(5))
    event = Event("evt_1", "checkout.session.completed", session_id)

    assert count(events.handle, event) == 12 + 3 + TRANSACTION


@pytest.mark.parametrize(("lines", "queries"), [(1, 10), (5, 14)])
def test_to_start_a_checkout_takes_ten_and_one_for_each_more_that_is_counted(
    alice, bob, products, in_cart, lines, queries
):
    in_cart(1)  # of another shopper
    Product.objects.update(stock=9)
    wanted = [(product.pk, 1) for product in products[:lines]]

    assert count(start_checkout, bob, wanted, {}) == queries
