"""Each act on a checkout, a product or a cart leaves everybody else's as they are."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.base_user import AbstractBaseUser

from accounts import throttle
from accounts.models import Tries
from orders.recording import record_order
from shop.cart import add_to_cart, cart_of, note_prices_seen, update_cart
from shop.models import CartItem, Category, Checkout, CheckoutLine, Product, StockMovement
from stripe_simulator.testing import pay, set_webhooks

Status = Checkout.Status


@pytest.fixture
def two(as_alice, as_bob, alice, bob, mug, bowl) -> tuple[Checkout, Checkout]:
    """Alice's and Bob's open checkouts: of two mugs each, and of a bowl; one of each is left."""
    Product.objects.filter(pk=mug.pk).update(stock=5)
    Product.objects.filter(pk=bowl.pk).update(stock=3)
    for client in (as_alice, as_bob):
        client.post(f"/cart/add/{mug.pk}/", {"quantity": 2})
        client.post(f"/cart/add/{bowl.pk}/", {"quantity": 1})
        client.post("/checkout/")
    return Checkout.objects.get(user=alice), Checkout.objects.get(user=bob)


def of(user: AbstractBaseUser) -> dict[str, list[dict[str, Any]]]:
    """All that is written down about a shopper."""
    checkouts = Checkout.objects.filter(user=user)
    return {
        "checkouts": list(checkouts.values()),
        "lines": list(CheckoutLine.objects.filter(checkout__in=checkouts).values()),
        "cart": list(CartItem.objects.filter(user=user).values()),
    }


def stock() -> dict[str, int | None]:
    return dict(Product.objects.values_list("name", "stock"))


ACTS: dict[str, Callable[[Checkout], object]] = {
    "move_on": lambda checkout: checkout.move_on(Status.PROCESSING),
    "release": lambda checkout: checkout.release(),
    "fail": lambda checkout: checkout.fail(),
    "release_unknown": lambda checkout: checkout.release_unknown(),
}


@pytest.mark.parametrize("act", ACTS)
def test_what_happens_to_a_checkout_happens_to_no_other(two, bob, act):
    alices, _ = two
    before = of(bob)
    assert ACTS[act](alices)

    assert of(bob) == before
    said = alices.status
    alices.refresh_from_db()
    assert said == alices.status != Status.OPEN


def test_a_session_is_stored_with_its_checkout_alone(two, bob):
    alices, bobs = two
    Checkout.objects.update(stripe_session_id=None)
    assert alices.store_session("cs_test_1")

    bobs.refresh_from_db()
    assert bobs.stripe_session_id is None
    assert alices.stripe_session_id == "cs_test_1"


def test_a_session_that_is_stored_stays(two):
    alices, _ = two
    before = alices.stripe_session_id
    assert alices.store_session(before)
    assert not alices.store_session("cs_test_1")

    alices.refresh_from_db()
    assert alices.stripe_session_id == before


@pytest.mark.parametrize("end", ["release", "fail", "release_unknown"])
def test_what_is_paid_does_not_end_otherwise(two, end):
    alices, _ = two
    Checkout.objects.filter(pk=alices.pk).update(status=Status.PAID)
    before = Checkout.objects.filter(pk=alices.pk).values().get()
    assert not getattr(alices, end)()

    assert Checkout.objects.filter(pk=alices.pk).values().get() == before


def test_a_checkout_that_goes_on_meanwhile_is_not_given_up_as_unknown(two):
    """Staff would not be asked to look for its payment."""
    alices, _ = two
    Checkout.objects.filter(pk=alices.pk).update(status=Status.PROCESSING)
    assert not alices.release_unknown()

    alices.refresh_from_db()
    assert alices.status == Status.PROCESSING


def test_a_checkout_takes_and_gives_back_its_own_products_alone(two, mug, bowl):
    assert stock() == {"Speckled mug": 1, "Walnut bowl": 1}
    two[0].lines.get(product=bowl).delete()
    two[0].release()

    assert stock() == {"Speckled mug": 3, "Walnut bowl": 1}


def test_an_order_counts_as_sold_what_was_bought_alone(as_alice, mug, bowl):
    set_webhooks("lost")
    as_alice.post(f"/checkout/{mug.pk}/", {"quantity": 2})
    session_id = Checkout.objects.get().stripe_session_id
    pay(session_id)
    record_order(session_id)

    assert dict(Product.objects.values_list("name", "sold_count")) == {
        "Speckled mug": 2,
        "Walnut bowl": 0,
    }


def test_an_order_empties_the_cart_of_its_buyer_alone(two, alice, bob):
    set_webhooks("lost")
    before = of(bob)
    pay(two[0].stripe_session_id)
    record_order(two[0].stripe_session_id)

    assert of(bob) == before
    assert not alice.cart_items.exists()


def test_an_order_leaves_in_the_cart_what_it_is_not_about(two, as_alice, alice, mug):
    set_webhooks("lost")
    as_alice.post(f"/cart/add/{mug.pk}/", {"quantity": 5})
    hat = Product.objects.create(name="Hat", slug="hat", category=mug.category, price_cents=100)
    add_to_cart(alice, hat, 4)
    pay(two[0].stripe_session_id)
    record_order(two[0].stripe_session_id)

    assert dict(alice.cart_items.values_list("product__name", "quantity")) == {
        "Speckled mug": 5,
        "Hat": 4,
    }


def test_a_cart_is_changed_in_one_line_of_one_shopper(two, alice, bob, mug, bowl):
    before = of(bob)
    add_to_cart(alice, mug, 3)
    update_cart(alice, {bowl.pk: 7})
    assert dict(alice.cart_items.values_list("product__name", "quantity")) == {
        "Speckled mug": 5,
        "Walnut bowl": 7,
    }
    update_cart(alice, {bowl.pk: 0})

    assert list(alice.cart_items.values_list("product__name", flat=True)) == ["Speckled mug"]
    assert of(bob) == before


def test_a_price_is_seen_by_who_saw_it(two, as_alice, bob, mug):
    Product.objects.filter(pk=mug.pk).update(price_cents=2400)
    before = of(bob)
    as_alice.post("/checkout/")

    assert of(bob)["cart"] == before["cart"]


def test_a_price_that_is_seen_undoes_no_change_of_the_quantity(alice, mug):
    add_to_cart(alice, mug, 2)
    Product.objects.update(price_cents=2400)
    cart = cart_of(alice)
    update_cart(alice, {mug.pk: 7})
    note_prices_seen(cart)

    assert alice.cart_items.values_list("quantity", "price_seen_cents").get() == (7, 2400)


def test_a_count_changes_what_is_held_of_its_product_alone(two, mug, bowl):
    mug.stock = None
    mug.save(update_fields=["stock"])

    assert {line.holds_stock for line in CheckoutLine.objects.filter(product=bowl)} == {True}
    assert {line.holds_stock for line in CheckoutLine.objects.filter(product=mug)} == {False}


def test_a_count_changes_nothing_of_what_was_sold(two, mug):
    Checkout.objects.update(status=Status.PAID)
    mug.stock = None
    mug.save(update_fields=["stock"])

    assert {line.holds_stock for line in CheckoutLine.objects.filter(product=mug)} == {True}


def test_a_stock_moves_by_the_difference_of_its_product_alone(mug, bowl):
    for product, counted in ((mug, 5), (bowl, 3), (mug, 6), (bowl, 1)):
        product.stock = counted
        product.save()

    moves = {
        product: list(
            product.stock_movements.order_by("created_at").values_list("change", flat=True)
        )
        for product in (mug, bowl)
    }
    assert moves == {mug: [5, 1], bowl: [3, -2]}


def test_what_is_delivered_and_counted_is_of_its_product_alone(mug, bowl):
    Product.objects.update(stock=5)
    assert StockMovement(product=mug, change=2, reason=StockMovement.Reason.DELIVERY).make()
    assert stock() == {"Speckled mug": 7, "Walnut bowl": 5}
    assert StockMovement.count(mug, 3, seen=7)
    assert stock() == {"Speckled mug": 3, "Walnut bowl": 5}


@pytest.mark.parametrize(("field", "value"), [("stock", 3), ("name", "Cup"), ("sku", "M-1")])
def test_a_field_of_a_product_that_is_saved_alone_undoes_nothing(mug, field, value):
    Product.objects.update(price_cents=2400)
    setattr(mug, field, value)
    mug.save(update_fields=[field])

    saved = Product.objects.get()
    assert (getattr(saved, field), saved.price_cents) == (value, 2400)


def test_a_name_of_a_category_that_is_saved_alone_undoes_nothing(mug):
    Category.objects.update(slug="other")
    mug.category.name = "Scullery"
    mug.category.save(update_fields=["name"])

    assert Category.objects.values_list("name", "slug").get() == ("Scullery", "other")


def test_a_category_is_renamed_for_its_own_products_alone(mug, bowl):
    bath = Category.objects.create(name="Bath", slug="bath")
    bowl.category = bath
    bowl.save(update_fields=["category"])
    mug.category.name = "Scullery"
    mug.category.save()

    assert [product.name for product in Product.objects.search("bath")] == ["Walnut bowl"]
    assert [product.name for product in Product.objects.search("scullery")] == ["Speckled mug"]


def test_products_are_switched_that_were_selected(mug, bowl):
    assert Product.objects.filter(pk=mug.pk).switch(is_active=False) == 1

    bowl.refresh_from_db()
    assert bowl.is_active


def test_tries_are_counted_and_forgotten_for_one_shopper(alice, bob):
    for who in ("alice", "bob"):
        throttle.too_many(throttle.PASSWORD, who)
    counts = Tries.objects.order_by("pk").values_list("count", flat=True)
    throttle.too_many(throttle.PASSWORD, "bob")
    assert list(counts.all()) == [1, 2]

    throttle.take_back(throttle.PASSWORD, "bob")
    assert list(counts.all()) == [1, 1]
    throttle.forget(throttle.PASSWORD, "bob")
    assert list(counts.all()) == [1, 0]
