import re

import pytest
from playwright.sync_api import expect

from orders.models import Order
from shop.models import Product
from tests.browser.steps import IN_A_BROWSER, log_in, press, register
from tests.people import PASSWORD

pytestmark = IN_A_BROWSER


def test_a_shopper_registers_buys_pays_refreshes_and_staff_find_the_order(page, mug, staff):
    page.goto("/")
    expect(page.get_by_role("button", name="Log in")).to_be_visible()
    page.get_by_role("link", name="Create an account").click()
    register(page, "carla")

    expect(page).to_have_url("/home/")
    page.get_by_label("Quantity").fill("2")
    press(page, "Buy")

    expect(page).to_have_url(re.compile("/c/pay/cs_test_"))
    page.get_by_label("Card number").fill("4000 0000 0000 0002")
    press(page, "Pay $38.00")
    expect(page.get_by_role("alert")).to_contain_text("declined")
    page.get_by_label("Card number").fill("4242 4242 4242 4242")
    press(page, "Pay $38.00")

    expect(page.get_by_role("heading", level=1)).to_contain_text("Order received")
    order = Order.objects.get()
    for _ in range(3):
        page.reload()
        expect(page.get_by_text(order.number).first).to_be_visible()
    assert Order.objects.count() == 1

    page.get_by_role("link", name="My Orders").first.click()
    expect(page.get_by_role("link", name=order.number)).to_be_visible()
    press(page, "Log out")

    page.goto("/admin/")
    page.get_by_label("Username").fill("staff")
    page.get_by_label("Password").fill(PASSWORD)
    press(page, "Log in")
    page.goto("/admin/orders/order/?q=carla")
    expect(page.get_by_role("link", name=order.number)).to_be_visible()


def test_a_shopper_pays_for_two_products_in_the_cart_at_once(page, mug, bowl, alice):
    log_in(page)
    for product in (mug, bowl):
        page.goto("/home/")
        press(page, f"Add to cart {product.name}")
    page.get_by_role("link", name="See your cart").click()
    page.get_by_label("Quantity of Speckled mug").fill("2")
    press(page, "Update the quantity of Speckled mug")
    expect(page.get_by_role("link", name="Cart, 3 items")).to_be_visible()

    press(page, "Checkout: pay $92.50")
    press(page, "Pay $92.50")

    expect(page.get_by_role("heading", level=1)).to_contain_text("Order received")
    lines = Order.objects.get().lines.values_list("product", "quantity")
    assert set(lines) == {(mug.pk, 2), (bowl.pk, 1)}
    page.get_by_role("link", name="Cart", exact=True).click()
    expect(page.get_by_text("Your cart is empty")).to_be_visible()


@pytest.mark.parametrize(("width", "height"), [(360, 640), (390, 664), (412, 780)])
def test_a_phone_shows_what_a_buyer_needs_without_scrolling(page, mug, alice, width, height):
    page.set_viewport_size({"width": width, "height": height})
    log_in(page)
    page.goto(mug.get_absolute_url())

    needed = [page.get_by_role("heading", level=1), page.get_by_text("$19.00")]
    needed += [page.get_by_text("In stock"), page.get_by_label("Quantity")]
    needed += [page.get_by_role("button", name="Buy"), page.locator(".gallery > img")]
    for part in needed:
        expect(part).to_be_in_viewport(ratio=1)


def test_a_shopper_cancels_uncharged(page, mug, alice):
    log_in(page)
    press(page, "Buy")
    page.get_by_role("link", name="Back to").click()

    expect(page.get_by_text("You have not been charged")).to_be_visible()
    assert not Order.objects.exists()


def test_a_shopper_who_loses_the_way_back_still_has_the_order(page, mug, alice):
    log_in(page)
    press(page, "Buy")
    page.get_by_text("For developers", exact=True).click()
    press(page, "lose the way back")
    expect(page.get_by_role("heading", level=1)).to_be_visible()

    page.goto("/orders/")
    expect(page.get_by_role("link", name=Order.objects.get().number)).to_be_visible()


def test_the_last_one_is_sold_while_a_shopper_looks_at_it(page, mug, alice):
    Product.objects.update(stock=1)
    log_in(page)
    expect(page.get_by_text("Only 1 left")).to_be_visible()
    Product.objects.update(stock=0)
    press(page, "Buy")

    alert = page.get_by_role("alert")
    expect(alert).to_be_focused()
    expect(alert).to_contain_text("has just sold out. Nothing was charged for this attempt.")
    expect(page.get_by_role("button", name="Buy")).to_have_count(0)


def test_a_shopper_buys_the_same_again(page, mug, alice):
    log_in(page)
    page.get_by_label("Quantity").fill("3")
    press(page, "Buy")
    press(page, "Pay $57.00")
    page.get_by_role("link", name="See the order").click()
    press(page, "Buy again")

    expect(page.get_by_label("Quantity of Speckled mug")).to_have_value("3")
    press(page, "Checkout")
    press(page, "Pay $57.00")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Order received")
    assert Order.objects.count() == 2


def test_a_visitor_who_registers_on_the_way_arrives_where_the_link_led(page, mug, alice):
    page.goto(mug.get_absolute_url())
    expect(page.get_by_role("heading", level=1)).to_have_text("Log in")
    page.get_by_role("link", name="Create an account").click()
    register(page, "alice")
    expect(page.get_by_role("alert")).to_contain_text("username is taken")
    register(page, "carla")

    expect(page).to_have_url(mug.get_absolute_url())
    expect(page.get_by_role("heading", level=1)).to_have_text(mug.name)
