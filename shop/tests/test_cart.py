"""The cart, and paying for all of it at once."""

import re

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext

from orders.models import Order
from orders.recording import record_order
from shop import checkout as checkout_module
from shop.cart import MAX_ITEMS
from shop.models import CartItem, Checkout, Product
from shop.money import MAX_TOTAL_CENTS
from stripe_simulator.testing import inject_fault, pay, set_webhooks
from tests.people import logged_in
from tests.recorded import stripe_calls

Status = Checkout.Status


def add(client, product, quantity=1):
    return client.post(f"/cart/add/{product.pk}/", {"quantity": quantity})


def quantities(user) -> dict[str, int]:
    return dict(user.cart_items.values_list("product__name", "quantity"))


@pytest.fixture
def filled(as_alice, mug, bowl):
    """Alice's cart: two mugs at $19.00 and a bowl at $54.50."""
    add(as_alice, mug, 2)
    add(as_alice, bowl, 1)
    return as_alice


def test_what_is_added_is_there_on_every_device(filled, alice):
    page = logged_in(alice).get("/cart/").text

    for shown in ("Speckled mug", "Walnut bowl", "$38.00", "$92.50"):
        assert shown in page
    assert quantities(alice) == {"Speckled mug": 2, "Walnut bowl": 1}


def test_what_was_done_is_said_once(as_alice, mug):
    page = as_alice.post(f"/cart/add/{mug.pk}/", {"quantity": 1}, follow=True).text
    assert re.search(r'role="status">\s*<p>Speckled mug is in your cart.', page)

    assert "is in your cart" not in as_alice.get("/cart/").text


def test_adding_more_adds_up_to_the_limit_of_an_order(as_alice, alice, mug):
    add(as_alice, mug, 60)
    add(as_alice, mug, 60)

    assert quantities(alice) == {"Speckled mug": 99}


@pytest.mark.parametrize("quantity", ["0", "-1", "abc", "", "100", "2" * 30, "1.5"])
def test_a_quantity_that_makes_no_sense_is_not_added(as_alice, alice, mug, quantity):
    page = add(as_alice, mug, quantity)

    assert page.status_code == 200
    assert "Choose a whole number from 1 to 99." in page.text
    assert not quantities(alice)


def test_what_left_the_shop_cannot_be_added(as_alice, alice, mug):
    Product.objects.update(is_active=False)

    assert add(as_alice, mug).url == "/home/"
    assert add(as_alice, Product(pk=999)).status_code == 404
    assert not quantities(alice)


def test_a_cart_holds_no_more_than_one_payment_can(as_alice, alice, mug, bowl):
    others = Product.objects.bulk_create(
        Product(name=f"Cup {n}", slug=f"cup-{n}", category=mug.category, price_cents=100)
        for n in range(MAX_ITEMS)
    )
    CartItem.objects.bulk_create(
        CartItem(user=alice, product=product, quantity=1, price_seen_cents=100)
        for product in others
    )
    page = as_alice.post(f"/cart/add/{mug.pk}/", {"quantity": 1}, follow=True)

    assert "The cart is full" in page.text
    assert alice.cart_items.count() == MAX_ITEMS


def test_quantities_are_changed_and_0_takes_a_product_out(filled, alice, mug, bowl):
    filled.post("/cart/update/", {f"quantity-{mug.pk}": 5, f"quantity-{bowl.pk}": 0})

    assert quantities(alice) == {"Speckled mug": 5}


def test_what_makes_no_sense_is_kept_and_explained_and_changes_nothing(filled, alice, mug, bowl):
    page = filled.post("/cart/update/", {f"quantity-{mug.pk}": "lots", f"quantity-{bowl.pk}": 3})

    assert page.status_code == 200
    assert "Choose a whole number from 0 to 99." in page.text
    assert 'value="lots"' in page.text
    assert quantities(alice) == {"Speckled mug": 2, "Walnut bowl": 1}


def test_taking_out_can_be_undone(filled, alice, mug):
    page = filled.post("/cart/update/", {"remove": mug.pk}, follow=True)
    assert "Speckled mug" not in quantities(alice)
    assert f'action="/cart/add/{mug.pk}/"' in page.text

    add(filled, mug, 2)
    assert quantities(alice)["Speckled mug"] == 2


def test_what_was_put_back_is_not_said_to_be_taken_out(filled, mug):
    address = filled.post("/cart/update/", {"remove": mug.pk}).url
    assert "was taken out" in filled.get(address).text

    add(filled, mug, 2)
    assert "was taken out" not in filled.get(address).text


@pytest.mark.parametrize("query", ["removed=x", "removed=999&quantity=1", "removed=1&quantity=x"])
def test_an_undo_that_makes_no_sense_is_not_offered(filled, query):
    page = filled.get(f"/cart/?{query}")

    assert page.status_code == 200
    assert page.context["removed"] is None


def test_a_pending_change_is_not_lost_when_something_else_is_taken_out(filled, alice, mug, bowl):
    filled.post("/cart/update/", {"remove": bowl.pk, f"quantity-{mug.pk}": 7})
    assert quantities(alice) == {"Speckled mug": 7}

    add(filled, bowl)
    filled.post("/cart/update/", {"remove": bowl.pk, f"quantity-{mug.pk}": "lots"})
    assert quantities(alice) == {"Speckled mug": 7}


def test_a_cart_is_nobody_elses_business(filled, as_bob, alice, mug):
    assert "Speckled mug" not in as_bob.get("/cart/").text
    as_bob.post("/cart/update/", {f"quantity-{mug.pk}": 9, "remove": mug.pk})

    assert quantities(alice)["Speckled mug"] == 2


def test_an_empty_cart_leads_to_the_products_and_to_what_was_bought_before(as_alice):
    page = as_alice.get("/cart/").text.split("<main")[1]

    assert "There is nothing in it." in page
    assert 'href="/home/"' in page
    assert '<a href="/orders/">Buy again from My Orders</a>' in page


@pytest.mark.parametrize("url", ["/cart/add/1/", "/cart/update/", "/checkout/"])
def test_only_a_post_changes_the_cart(filled, alice, url):
    assert filled.get(url).status_code == 405
    assert len(quantities(alice)) == 2


def test_the_database_holds_a_product_once_in_a_cart_and_within_the_limit(filled, alice, mug):
    for values in ({"quantity": 1}, {"quantity": 0}, {"quantity": 100}):
        with pytest.raises(IntegrityError), transaction.atomic():
            CartItem.objects.create(user=alice, product=mug, price_seen_cents=1, **values)


# Gone and repriced


def test_what_cannot_be_had_any_more_is_listed_but_not_counted(filled, mug, bowl):
    Product.objects.filter(pk=mug.pk).update(is_active=False)
    page = filled.get("/cart/")

    gone = page.text.split('id="gone"')[1]
    assert "Speckled mug" in gone
    assert f'name="remove" value="{mug.pk}"' in gone
    assert page.context["cart"].total_cents == 5450
    with stripe_calls() as calls:
        assert filled.post("/checkout/").status_code == 303
    assert calls[0].form["line_items[0][price_data][product_data][name]"] == "Walnut bowl"
    assert "line_items[1][quantity]" not in calls[0].form


def test_a_cart_of_which_nothing_can_be_had_is_not_paid_for(filled):
    Product.objects.update(stock=0)
    with stripe_calls() as calls:
        assert filled.post("/checkout/").url == "/cart/"
    assert not calls


def test_a_new_price_is_shown_beside_the_old_one(filled, mug):
    Product.objects.filter(pk=mug.pk).update(price_cents=2400)
    page = filled.get("/cart/").text

    assert "$19.00" in page
    assert "$24.00" in page


def test_a_price_that_changed_while_the_cart_was_looked_at_is_asked_about_again(filled, mug, bowl):
    seen = {f"price_seen-{mug.pk}": 1900, f"price_seen-{bowl.pk}": 5450}
    Product.objects.filter(pk=mug.pk).update(price_cents=2400)
    with stripe_calls() as calls:
        page = filled.post("/checkout/", seen)

    assert page.status_code == 200
    assert page.context["prices_have_changed"]
    assert "$19.00" in page.text
    assert "$24.00" in page.text
    assert not calls
    seen[f"price_seen-{mug.pk}"] = 2400
    assert filled.post("/checkout/", seen).status_code == 303
    assert not filled.get("/cart/").context["cart"].is_repriced


def test_a_price_that_changes_in_the_last_moment_is_asked_about_again(filled, mug, monkeypatch):
    take_snapshot = checkout_module.take_snapshot

    def repriced(*args):
        Product.objects.filter(pk=mug.pk).update(price_cents=2400)
        return take_snapshot(*args)

    monkeypatch.setattr(checkout_module, "take_snapshot", repriced)
    with stripe_calls() as calls:
        page = filled.post("/checkout/")

    assert not calls
    assert not Checkout.objects.exists()
    for shown in ("Prices have changed", "$19.00", "$24.00", "$102.50"):
        assert shown in page.text


# The dearest


@pytest.fixture
def dearest(alice, mug) -> None:
    """A cart of the most that a cart holds, at the highest price."""
    Product.objects.bulk_create(
        Product(name=f"Ring {n}", slug=f"ring-{n}", category=mug.category, price_cents=1)
        for n in range(MAX_ITEMS)
    )
    rings = Product.objects.filter(name__startswith="Ring")
    rings.update(price_cents=MAX_TOTAL_CENTS)
    CartItem.objects.bulk_create(
        CartItem(user=alice, product=ring, quantity=99, price_seen_cents=MAX_TOTAL_CENTS)
        for ring in rings
    )


def test_a_cart_that_stripe_would_not_take_is_refused_in_words_and_kept(dearest, as_alice, alice):
    assert "$9,899,999,901.00" in as_alice.get("/cart/").text
    with stripe_calls() as calls:
        page = as_alice.post("/checkout/")

    assert "Stripe takes no more than $999,999.99 in one payment." in page.text
    assert not calls
    assert not Checkout.objects.exists()
    assert alice.cart_items.count() == MAX_ITEMS


def test_as_many_of_the_dearest_product_as_can_be_asked_for_are_refused_in_words(as_alice, mug):
    Product.objects.update(price_cents=MAX_TOTAL_CENTS)
    page = as_alice.post(f"/checkout/{mug.pk}/", {"quantity": 99})

    assert "Stripe takes no more than $999,999.99 in one payment." in page.text
    assert 'value="99"' in page.text
    assert not Checkout.objects.exists()


def test_the_dearest_order_is_paid_for_and_shown(as_alice, mug):
    Product.objects.update(price_cents=MAX_TOTAL_CENTS)
    as_alice.post(f"/checkout/{mug.pk}/", {"quantity": 1})
    session_id = Checkout.objects.get().stripe_session_id
    pay(session_id)
    order = record_order(session_id)

    for page in ("/orders/", order.get_absolute_url()):
        assert "$999,999.99" in as_alice.get(page).text


# Paying


def test_all_lines_are_one_session_and_one_order(filled, alice):
    with stripe_calls() as calls:
        response = filled.post("/checkout/")
    assert response.status_code == 303
    assert calls[0].form["line_items[0][quantity]"] == "2"
    assert calls[0].form["line_items[1][price_data][unit_amount]"] == "5450"
    assert "/cart/?cancelled=" in calls[0].form["cancel_url"]

    checkout = Checkout.objects.get()
    pay(checkout.stripe_session_id)
    order = record_order(checkout.stripe_session_id)
    assert order.total_cents == 9250
    assert order.lines.count() == 2


def test_pending_changes_are_carried_into_the_checkout(filled, alice, mug):
    filled.post("/checkout/", {f"quantity-{mug.pk}": "4"})

    assert Checkout.objects.get().total_cents == 4 * 1900 + 5450
    assert quantities(alice)["Speckled mug"] == 4


def test_a_pending_change_that_makes_no_sense_stops_the_checkout(filled, mug):
    page = filled.post("/checkout/", {f"quantity-{mug.pk}": "lots"})

    assert "Choose a whole number" in page.text
    assert not Checkout.objects.exists()


@pytest.mark.parametrize("webhook", ["normal", "lost"])
def test_what_was_paid_leaves_the_cart_however_the_payment_was_learned_of(filled, alice, webhook):
    set_webhooks(webhook)
    filled.post("/checkout/")
    checkout = Checkout.objects.get()
    pay(checkout.stripe_session_id)
    filled.get("/success/", {"session_id": checkout.stripe_session_id})

    assert Order.objects.count() == 1
    assert not quantities(alice)


def test_what_was_added_meanwhile_stays(filled, alice, mug, bowl):
    filled.post("/checkout/")
    add(filled, mug, 3)
    session_id = Checkout.objects.get().stripe_session_id
    pay(session_id)
    record_order(session_id)

    assert quantities(alice) == {"Speckled mug": 3}


def test_a_line_that_shrinks_while_its_order_is_recorded_does_not_undo_the_order(
    filled, alice, mug, bowl, monkeypatch
):
    filled.post("/checkout/")
    add(filled, mug, 1)
    session_id = Checkout.objects.get().stripe_session_id
    pay(session_id)
    update = QuerySet.update

    def shrunk(rows, **values):
        if rows.model is CartItem:
            update(CartItem.objects.filter(product=mug), quantity=1)
        return update(rows, **values)

    monkeypatch.setattr(QuerySet, "update", shrunk)
    assert record_order(session_id)
    assert quantities(alice) == {"Speckled mug": 1}


def test_buy_now_leaves_the_cart_alone(filled, alice, mug):
    filled.post(f"/checkout/{mug.pk}/", {"quantity": 2})
    session_id = Checkout.objects.get().stripe_session_id
    pay(session_id)
    record_order(session_id)

    assert quantities(alice) == {"Speckled mug": 2, "Walnut bowl": 1}


def test_the_cart_is_kept_until_it_is_paid(filled, alice):
    filled.post("/checkout/")
    page = filled.get("/cart/", {"cancelled": Checkout.objects.get().pk})

    assert "You have not been charged" in page.text
    assert len(quantities(alice)) == 2


def test_a_cart_with_too_many_of_something_says_how_many_there_are(filled, alice, mug):
    Product.objects.filter(pk=mug.pk).update(stock=1)
    page = filled.post("/checkout/")

    assert "Only 1 left. Choose 1 or fewer." in page.text
    assert not Checkout.objects.exists()
    assert quantities(alice)["Speckled mug"] == 2


def test_buy_and_cart_with_the_same_contents_are_two_checkouts(as_alice, mug):
    as_alice.post(f"/checkout/{mug.pk}/", {"quantity": 1})
    add(as_alice, mug, 1)
    as_alice.post("/checkout/")

    assert [c.status for c in Checkout.objects.order_by("created_at")] == [
        Status.EXPIRED,
        Status.OPEN,
    ]


def test_a_double_click_on_checkout_makes_one_session(filled):
    assert filled.post("/checkout/").url == filled.post("/checkout/").url
    assert Checkout.objects.count() == 1


@pytest.mark.parametrize("fault", ["connect_timeout", "error_500"])
def test_when_stripe_cannot_be_reached_the_cart_is_kept(filled, alice, fault):
    inject_fault("POST", "/v1/checkout/sessions", fault, times=3)
    page = filled.post("/checkout/")

    assert page.status_code == 503
    assert "not been charged" in page.text
    assert 'action="/checkout/"' in page.text
    assert len(quantities(alice)) == 2


def test_trying_again_asks_about_a_price_that_changed_meanwhile(filled, mug):
    inject_fault("POST", "/v1/checkout/sessions", "connect_timeout", times=3)
    page = filled.post("/checkout/").text
    form = dict(re.findall(r'<input type="hidden" name="(price_seen-\d+)" value="(\d+)"', page))
    Product.objects.filter(pk=mug.pk).update(price_cents=2100)
    page = filled.post("/checkout/", form)

    assert len(form) == 2
    assert "Prices have changed" in page.text


def test_the_page_reads_the_cart_once(filled):
    with CaptureQueriesContext(connection) as queries:
        filled.get("/cart/")

    assert sum('FROM "shop_cartitem"' in query["sql"] for query in queries) == 1


def test_the_count_in_the_header_is_the_number_of_things(filled):
    assert filled.get("/home/").context["cart_quantity"] == 3


def test_what_cannot_be_had_does_not_count_in_the_header(filled, mug):
    Product.objects.filter(pk=mug.pk).update(stock=0)

    assert filled.get("/home/").context["cart_quantity"] == 1
