"""The cart, and paying for all of it at once."""

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
from tests.pages import read, words
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
    page = read(logged_in(alice).get("/cart/"))

    assert [list(row.values()) for row in page.rows] == [
        [
            "Speckled mug",
            "$19.00",
            "Quantity of Speckled mug "
            "−One Speckled mug less +One Speckled mug more "
            "Update the quantity of Speckled mug "
            "Save for later: Speckled mug Remove Speckled mug",
            "$38.00",
        ],
        [
            "Walnut bowl",
            "$54.50",
            "Quantity of Walnut bowl "
            "−One Walnut bowl less +One Walnut bowl more "
            "Update the quantity of Walnut bowl "
            "Save for later: Walnut bowl Remove Walnut bowl",
            "$54.50",
        ],
    ]
    assert page.fields == {"Quantity of Speckled mug": "2", "Quantity of Walnut bowl": "1"}
    assert page.facts == {"Subtotal": "$92.50"}
    assert page.button("Checkout: pay $92.50") == "/checkout/"
    assert quantities(alice) == {"Speckled mug": 2, "Walnut bowl": 1}


def test_what_was_done_is_said_once(as_alice, mug):
    page = as_alice.post(f"/cart/add/{mug.pk}/", {"quantity": 1}, follow=True)
    assert read(page).notices == ["Speckled mug is in your cart. See your cart"]
    assert read(page).part(".notice-success").element.get("role") == "status"

    assert read(as_alice.get("/cart/")).notices == []


def test_adding_more_adds_up_to_the_limit_of_an_order(as_alice, alice, mug):
    add(as_alice, mug, 60)
    add(as_alice, mug, 60)

    assert quantities(alice) == {"Speckled mug": 99}


def test_adding_ends_at_what_is_left_and_says_so(as_alice, alice, mug):
    Product.objects.filter(pk=mug.pk).update(stock=3)
    page = as_alice.post(f"/cart/add/{mug.pk}/", {"quantity": 20}, follow=True)

    assert read(page).notices == [
        "Speckled mug is in your cart: 3 of it, which is all you can order. See your cart"
    ]
    assert quantities(alice) == {"Speckled mug": 3}


def test_what_is_sold_out_is_not_added(as_alice, alice, mug):
    Product.objects.filter(pk=mug.pk).update(stock=0)
    page = as_alice.post(f"/cart/add/{mug.pk}/", {"quantity": 1}, follow=True)

    assert read(page).notices == ["Speckled mug is sold out."]
    assert read(page).part(".notice-error").element.get("role") == "alert"
    assert quantities(alice) == {}


@pytest.mark.parametrize(
    ("came_from", "back"),
    [
        ("/home/", "/home/#p{}"),
        ("/home/?category=kitchen&page=2", "/home/?category=kitchen&page=2#p{}"),
        ("/products/speckled-mug/?picture=2", "/products/speckled-mug/?picture=2"),
        ("/checkout/", "/cart/"),
        ("/home/?q=" + "a" * 2000, "/cart/"),
    ],
)
def test_adding_leads_back_to_where_the_shopper_was(as_alice, mug, came_from, back):
    url = f"http://testserver{came_from}"
    response = as_alice.post(f"/cart/add/{mug.pk}/", {"quantity": 1}, headers={"Referer": url})

    assert response.url == back.format(mug.pk)


@pytest.mark.parametrize("elsewhere", ["", "https://elsewhere.example/home/", "//[", "home"])
def test_adding_leads_to_no_other_site(as_alice, mug, elsewhere):
    form, headers = {"quantity": 1}, {"Referer": elsewhere}

    assert as_alice.post(f"/cart/add/{mug.pk}/", form, headers=headers).url == "/cart/"


def test_the_link_in_the_header_tells_where_one_is(filled):
    links = [read(filled.get(url), "header").part(".cart-link") for url in ("/cart/", "/home/")]

    assert [link.element.get("aria-current") for link in links] == ["page", None]


def test_a_card_says_how_many_of_it_are_in_the_cart(filled, mug):
    card = read(filled.get("/home/")).part(f"#p{mug.pk}")

    assert card.link("2 in your cart") == "/cart/"


@pytest.mark.parametrize(
    ("pressed", "typed", "quantity"),
    [("more", "2", 3), ("less", "2", 1), ("more", "7", 8), ("more", "99", 99)],
)
def test_one_more_or_less_of_what_stands_in_the_field(filled, alice, mug, pressed, typed, quantity):
    filled.post("/cart/update/", {f"quantity-{mug.pk}": typed, pressed: mug.pk})

    assert quantities(alice) == {"Speckled mug": quantity, "Walnut bowl": 1}


def test_each_line_has_buttons_for_one_more_and_one_less_of_its_own_product(filled, mug, bowl):
    buttons = read(filled.get("/cart/")).find(".step")

    assert [(button.get("name"), button.get("value")) for button in buttons] == [
        *(("less", f"{mug.pk}"), ("more", f"{mug.pk}")),
        *(("less", f"{bowl.pk}"), ("more", f"{bowl.pk}")),
    ]


def test_one_less_of_the_last_one_takes_it_out_and_can_be_undone(filled, alice, bowl):
    response = filled.post("/cart/update/", {"less": bowl.pk})

    assert quantities(alice) == {"Speckled mug": 2}
    assert response.url == f"/cart/?removed={bowl.pk}&quantity=1"


def test_no_more_than_what_is_left(filled, alice, mug):
    Product.objects.filter(pk=mug.pk).update(stock=2)
    filled.post("/cart/update/", {"more": mug.pk})

    assert quantities(alice)["Speckled mug"] == 2


def test_updating_to_more_than_is_left_is_refused_with_what_is_possible(filled, alice, mug):
    Product.objects.filter(pk=mug.pk).update(stock=1)
    page = read(filled.post("/cart/update/", {f"quantity-{mug.pk}": "20"}))

    assert page.part(".notice-error").paragraphs == ["There is a problem"]
    assert page.part(".notice-error").all("img") == []
    assert page.part(".notice-error").items == ["Speckled mug: Only 1 left. Choose 1 or fewer."]
    assert quantities(alice)["Speckled mug"] == 2


def test_a_cart_counts_what_can_be_had_of_what_was_wanted(filled, mug):
    Product.objects.filter(pk=mug.pk).update(stock=1)
    page = filled.get("/cart/")

    assert read(page).row("Speckled mug You wanted 2; only 1 is left")["Total"] == "$19.00"
    assert read(page).facts == {"Subtotal": "$73.50"}
    assert ("Cart, 2 items", "/cart/") in read(page, "header").links


@pytest.mark.parametrize("quantity", ["0", "-1", "abc", "", "100", "2" * 30, "1.5"])
def test_a_quantity_that_makes_no_sense_is_not_added(as_alice, alice, mug, quantity):
    page = add(as_alice, mug, quantity)

    assert page.status_code == 200
    assert "Choose a whole number from 1 to 99." in read(page).part(".notice-error").items
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

    (notice,) = read(page).notices
    assert notice.startswith("Your cart is full")
    assert alice.cart_items.count() == MAX_ITEMS


def test_quantities_are_changed_and_0_takes_a_product_out(filled, alice, mug, bowl):
    filled.post("/cart/update/", {f"quantity-{mug.pk}": 5, f"quantity-{bowl.pk}": 0})

    assert quantities(alice) == {"Speckled mug": 5}


def test_what_makes_no_sense_is_kept_and_explained_and_changes_nothing(filled, alice, mug, bowl):
    page = filled.post("/cart/update/", {f"quantity-{mug.pk}": "lots", f"quantity-{bowl.pk}": 3})

    assert page.status_code == 200
    problem = "Choose a whole number from 0 to 99."
    field = f"id_quantity-{mug.pk}"
    assert read(page).part(".notice-error").links == [(f"Speckled mug: {problem}", f"#{field}")]
    assert read(page).part(f"#{field}_error").text == problem
    assert read(page).fields == {"Quantity of Speckled mug": "lots", "Quantity of Walnut bowl": "3"}
    assert quantities(alice) == {"Speckled mug": 2, "Walnut bowl": 1}


def test_what_makes_no_sense_about_a_product_that_is_gone_is_explained_beside_it(filled, mug):
    Product.objects.filter(pk=mug.pk).update(is_active=False)
    page = read(filled.post("/cart/update/", {f"quantity-{mug.pk}": "lots"}))

    problem = "Choose a whole number from 0 to 99."
    assert page.part(".notice-error").links == [(problem, f"#id_quantity-{mug.pk}")]
    assert page.part(".gone").items == [
        f"Speckled mug No longer available {problem} Remove Speckled mug"
    ]
    assert page.part(".gone").part("li").element.get("id") == f"id_quantity-{mug.pk}"


def test_a_quantity_that_the_browser_did_not_send_is_shown_as_it_was(filled, mug, bowl):
    Product.objects.filter(pk=mug.pk).update(is_active=False)
    page = read(filled.post("/cart/update/", {f"quantity-{bowl.pk}": "lots"}))
    assert page.part(".gone").part("li").element.get("id") is None

    Product.objects.filter(pk=mug.pk).update(is_active=True)
    page = read(filled.post("/cart/update/", {f"quantity-{bowl.pk}": "lots"}))
    assert page.row("Speckled mug")["Quantity"] == "2"


def test_taking_out_can_be_undone(filled, alice, mug):
    page = filled.post("/cart/update/", {"remove": mug.pk}, follow=True)
    assert "Speckled mug" not in quantities(alice)
    notice = read(page).part(".notice-row")
    assert notice.paragraphs == ["Speckled mug was removed."]
    assert notice.buttons == {"Undo removing Speckled mug": f"/cart/add/{mug.pk}/"}
    assert notice.sent == {"quantity": "2"}

    add(filled, mug, 2)
    assert quantities(alice)["Speckled mug"] == 2


def test_what_was_put_back_is_not_said_to_be_taken_out(filled, mug):
    address = filled.post("/cart/update/", {"remove": mug.pk}).url
    assert read(filled.get(address)).has(".notice-row")

    add(filled, mug, 2)
    assert not read(filled.get(address)).has(".notice-row")


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
    assert read(as_bob.get("/cart/")).rows == []
    as_bob.post("/cart/update/", {f"quantity-{mug.pk}": 9, "remove": mug.pk})

    assert quantities(alice)["Speckled mug"] == 2


def test_an_empty_cart_leads_to_the_products_and_to_what_was_bought_before(as_alice):
    page = read(as_alice.get("/cart/"))

    assert page.paragraphs[0] == "Your cart is empty."
    assert page.links == [("See the products", "/home/"), ("Buy again from My Orders", "/orders/")]
    assert page.buttons == {}


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

    gone = read(page, ".gone")
    assert gone.headings == ["Not available at the moment"]
    assert gone.items == ["Speckled mug No longer available Remove Speckled mug"]
    assert gone.part("li").element.get("id") == f"id_quantity-{mug.pk}"
    assert gone.links == []
    assert gone.buttons == {"Remove Speckled mug": "/cart/update/"}
    assert gone.part("button").element.get("value") == str(mug.pk)
    assert read(page).facts == {"Subtotal": "$54.50"}
    assert [row["Product"] for row in read(page).rows] == ["Walnut bowl"]
    with stripe_calls() as calls:
        assert filled.post("/checkout/").status_code == 303
    assert calls[0].form["line_items[0][price_data][product_data][name]"] == "Walnut bowl"
    assert "line_items[1][quantity]" not in calls[0].form


def test_what_is_sold_out_is_listed_with_a_way_to_its_page(filled, mug):
    Product.objects.filter(pk=mug.pk).update(stock=0)
    gone = read(filled.get("/cart/"), ".gone")

    assert gone.items == ["Speckled mug Sold out Save for later: Speckled mug Remove Speckled mug"]
    assert gone.links == [("Speckled mug", mug.get_absolute_url())]


def test_a_cart_of_which_all_can_be_had_says_nothing_of_what_is_gone(filled):
    assert not read(filled.get("/cart/")).has(".gone")


def test_a_cart_says_when_there_are_only_a_few_left(filled, mug):
    Product.objects.filter(pk=mug.pk).update(stock=3)

    notes = [words(note) for note in read(filled.get("/cart/")).find(".line-note")]
    assert notes == ["Only 3 left"]


def test_a_cart_of_which_nothing_can_be_had_is_not_paid_for(filled):
    Product.objects.update(stock=0)
    page = read(filled.get("/cart/"))
    assert (page.rows, page.facts) == ([], {})
    assert not page.has("table")
    assert not page.has(".cart-summary")
    with stripe_calls() as calls:
        assert filled.post("/checkout/").url == "/cart/"
    assert not calls


def test_a_new_price_is_shown_beside_the_old_one(filled, mug):
    Product.objects.filter(pk=mug.pk).update(price_cents=2400)
    page = read(filled.get("/cart/"))

    note = "was $19.00 when you added it, now $24.00"
    assert page.row("$24.00")["Product"] == f"Speckled mug {note}"
    assert [words(line) for line in page.find(".line-note")] == [note]
    assert page.link("Speckled mug") == mug.get_absolute_url()
    assert page.sent[f"price_seen-{mug.pk}"] == "2400"


def test_a_price_that_changed_while_the_cart_was_looked_at_is_asked_about_again(filled, mug, bowl):
    seen = {f"price_seen-{mug.pk}": 1900, f"price_seen-{bowl.pk}": 5450}
    Product.objects.filter(pk=mug.pk).update(price_cents=2400)
    with stripe_calls() as calls:
        page = filled.post("/checkout/", seen)

    assert page.status_code == 200
    assert read(page).notices[-1].startswith("Some prices have changed")
    assert read(page).row("$48.00")["Price"] == "$24.00"
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
    line = read(page).rows[0]
    assert read(page).notices[-1].startswith("Some prices have changed")
    assert "was $19.00 when you added it, now $24.00" in line["Product"]
    assert read(page).facts["Subtotal"] == "$102.50"


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
    assert read(as_alice.get("/cart/")).facts["Subtotal"] == "$9,899,999,901.00"
    with stripe_calls() as calls:
        page = as_alice.post("/checkout/")

    assert (
        "Stripe takes no more than $999,999.99 in one payment."
        in read(page).part(".notice-error").text
    )
    assert not calls
    assert not Checkout.objects.exists()
    assert alice.cart_items.count() == MAX_ITEMS


def test_as_many_of_the_dearest_product_as_can_be_asked_for_are_refused_in_words(as_alice, mug):
    Product.objects.update(price_cents=MAX_TOTAL_CENTS)
    page = as_alice.post(f"/checkout/{mug.pk}/", {"quantity": 99})

    assert (
        "Stripe takes no more than $999,999.99 in one payment."
        in read(page).part(".notice-error").text
    )
    assert read(page).sent["quantity"] == "99"
    assert not Checkout.objects.exists()


def test_the_dearest_order_is_paid_for_and_shown(as_alice, mug):
    Product.objects.update(price_cents=MAX_TOTAL_CENTS)
    as_alice.post(f"/checkout/{mug.pk}/", {"quantity": 1})
    session_id = Checkout.objects.get().stripe_session_id
    pay(session_id)
    order = record_order(session_id)

    for page in ("/orders/", order.get_absolute_url()):
        assert read(as_alice.get(page)).column("Total") == ["$999,999.99"]


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

    (problem,) = read(page).part(".notice-error").items
    assert problem.startswith("Speckled mug: Choose a whole number")
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

    assert read(page).notices[-1].startswith("You have not been charged.")
    assert len(quantities(alice)) == 2


def test_a_cart_with_too_many_of_something_says_how_many_there_are(filled, alice, mug):
    Product.objects.filter(pk=mug.pk).update(stock=1)
    page = filled.post("/checkout/")

    assert read(page).part(".notice-error").items == [
        "Speckled mug: Only 1 left. Choose 1 or fewer."
    ]
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
    assert read(page).headings == ["You have not been charged"]
    assert read(page).items == ["2 × Speckled mug, $38.00", "1 × Walnut bowl, $54.50"]
    assert read(page).buttons == {"Try again": "/checkout/"}
    assert read(page).link("Back to the cart") == "/cart/"
    assert len(quantities(alice)) == 2


def test_trying_again_asks_about_a_price_that_changed_meanwhile(filled, mug):
    inject_fault("POST", "/v1/checkout/sessions", "connect_timeout", times=3)
    form = read(filled.post("/checkout/")).sent
    Product.objects.filter(pk=mug.pk).update(price_cents=2100)
    page = filled.post("/checkout/", form)

    assert len(form) == 2
    assert read(page).notices[0].startswith("Some prices have changed")


def test_the_page_reads_the_cart_once(filled):
    with CaptureQueriesContext(connection) as queries:
        filled.get("/cart/")

    assert sum('FROM "shop_cartitem"' in query["sql"] for query in queries) == 1


def test_the_count_in_the_header_is_the_number_of_things(filled):
    header = read(filled.get("/home/"), "header")

    assert header.link("Cart, 3 items") == "/cart/"
    assert words(header.part(".cart-link").element) == "Cart (3)"


def test_the_cart_in_the_header_counts_one_as_one_and_nothing_not_at_all(as_alice, mug):
    assert read(as_alice.get("/home/"), "header").link("Cart") == "/cart/"

    add(as_alice, mug)
    assert read(as_alice.get("/home/"), "header").link("Cart, 1 item") == "/cart/"


def test_what_cannot_be_had_does_not_count_in_the_header(filled, mug):
    Product.objects.filter(pk=mug.pk).update(stock=0)

    assert read(filled.get("/home/"), "header").link("Cart, 1 item") == "/cart/"
