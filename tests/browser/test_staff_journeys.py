"""What each group of staff does all day, from the login to the last button."""

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from orders.models import Order
from shop.models import Product
from tests.browser.steps import IN_A_BROWSER, press
from tests.browser.visit_admin import order_to_work_on
from tests.people import PASSWORD
from tests.test_who_may_what import member

pytestmark = IN_A_BROWSER

# Kept from page to page, as long as the tab is open.
COUNT_CLICKS = """addEventListener("pointerdown", () => {
  sessionStorage.clicks = Number(sessionStorage.clicks || 0) + 1
})"""
IN_A_LIST = 2  # clicks to choose from a list of options, which the browser draws itself


@pytest.fixture
def begin(page: Page):
    """On the first page of the admin, as a member of this group."""

    def begin(group: str) -> Page:
        member(group)
        page.goto("/admin/")
        page.get_by_label("Username").fill(group)
        page.get_by_label("Password").fill(PASSWORD)
        with page.expect_navigation(url="**/admin/"):
            press(page, "Log in")
        return page

    return begin


def open_link(page: Page, name: str) -> None:
    page.get_by_role("link", name=name, exact=True).first.click()


def expect_told(page: Page, words: str) -> None:
    expect(page.locator(".messagelist li")).to_have_text([words])


def expect_refused(page: Page, url: str) -> None:
    response = page.goto(url)
    assert response
    assert response.status == 403
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text("You don’t have access to this page")


def waiting(buyer: User, number: int) -> Order:
    """One order of a few to be shipped."""
    return Order.objects.create(
        user=buyer,
        email=buyer.email,
        stripe_session_id=f"cs_test_{number}",
        stripe_payment_intent_id=f"pi_{number}",
        currency="usd",
        subtotal_cents=1900,
        total_cents=1900,
        paid_at=timezone.now(),
        shipping_name="Alice Ames",
        shipping_address=f"{number} High Street\nSpringfield\nUS",
    )


def test_a_catalogue_editor_imports_products_after_a_look_at_what_it_would_do(begin, mug):
    page = begin("Catalogue editor")
    open_link(page, "Products")
    open_link(page, "Import")
    text = "slug,name,category,price\nspeckled-mug,Speckled mug,Kitchen,21\nvase,Vase,Kitchen,30\n"
    file = {"name": "products.csv", "mimeType": "text/csv", "buffer": text.encode()}
    page.get_by_label("CSV file").set_input_files(file)
    press(page, "See what it would do")
    expect(page.get_by_role("status")).to_have_text("1 created, 1 changed, 0 unchanged, 0 refused.")
    assert Product.objects.get().price_cents == 1900
    press(page, "Import 2 products")

    expect(page.get_by_role("link", name="Vase")).to_be_visible()
    prices = dict(Product.objects.values_list("slug", "price_cents"))
    assert prices == {"speckled-mug": 2100, "vase": 3000}
    expect_refused(page, "/admin/orders/order/")


def test_a_catalogue_editor_changes_prices_by_percent_as_the_preview_said(begin, mug, bowl):
    page = begin("Catalogue editor")
    open_link(page, "Products")
    page.get_by_label("Select all").check()
    page.get_by_role("combobox", name="Action").select_option("Change prices by percent")
    press(page, "Go")
    page.get_by_label("Change by percent").fill("+10")
    press(page, "See the new prices")
    new = page.get_by_role("row", name="Speckled mug").get_by_role("cell").nth(2)
    expect(new).to_have_text("$20.90")
    press(page, "Change 2 prices")

    expect_told(page, "2 prices changed.")
    prices = dict(Product.objects.values_list("slug", "price_cents"))
    assert prices == {"speckled-mug": 2090, "walnut-bowl": 5995}
    expect_refused(page, "/admin/shop/shop/")


def test_a_packer_ships_twelve_orders_by_eight_clicks_at_most(begin, page, alice):
    for number in range(12):
        waiting(alice, number)
    begin("Packer")
    page.context.add_init_script(COUNT_CLICKS)
    page.goto("/admin/")
    page.get_by_role("link", name="To ship").click()
    page.get_by_label("Select all").click()
    page.get_by_role("combobox", name="Action").select_option("Ship selected orders")
    press(page, "Go")
    page.get_by_label("Carrier").click()
    page.keyboard.type("DHL")
    for number in range(12):
        page.keyboard.press("Tab")  # to the order's link
        page.keyboard.press("Tab")
        page.keyboard.type(f"AB{number}")
    press(page, "Mark 12 orders as shipped")

    expect_told(page, "12 orders are on their way. The buyers get an e-mail.")
    shipped = Order.objects.exclude(shipped_at=None).filter(carrier="DHL")
    assert list(shipped.order_by("paid_at").values_list("tracking_number", flat=True)) == [
        f"AB{number}" for number in range(12)
    ]
    assert int(page.evaluate("sessionStorage.clicks")) + IN_A_LIST <= 8
    expect_refused(page, f"/admin/orders/order/{shipped[0].pk}/refund/")


def test_support_refunds_one_of_two_mugs_and_puts_it_back_in_stock(begin, as_alice, mug):
    Product.objects.update(stock=10)
    order = order_to_work_on(as_alice, mug)
    page = begin("Support")
    page.goto(f"/admin/orders/order/{order.pk}/change/")
    open_link(page, "Refund")
    page.get_by_label("Speckled mug, of 2").fill("1")
    page.get_by_label("Put Speckled mug back in stock").check()
    press(page, "Choose these products")
    press(page, "Refund $19.00")

    expect_told(page, "$19.00 refunded.")
    order.refresh_from_db()
    mug.refresh_from_db()
    assert (order.refunded_cents, mug.stock) == (1900, 9)
    expect_refused(page, f"/admin/orders/order/{order.pk}/resolve/")


def test_support_corrects_an_address(begin, alice):
    order = waiting(alice, 1)
    page = begin("Support")
    page.goto(f"/admin/orders/order/{order.pk}/change/")
    open_link(page, "Correct addresses")
    page.get_by_label("Address:", exact=True).fill("12 High Street\nSpringfield\nUS")
    press(page, "Save")

    expect_told(page, f"Order {order} was corrected.")
    order.refresh_from_db()
    assert order.shipping_address == "12 High Street\nSpringfield\nUS"
    expect_refused(page, "/admin/shop/product/")


def test_a_manager_erases_a_person_and_keeps_the_order(begin, alice):
    order = waiting(alice, 1)
    order.ship("AB 1", "")
    page = begin("Manager")
    page.goto(f"/admin/accounts/user/{alice.pk}/change/")
    open_link(page, "Orders and data")
    open_link(page, "Erase")
    press(page, "Erase alice")

    expect_told(page, "The person was erased.")
    order.refresh_from_db()
    assert (order.user, order.email, order.shipping_name) == (None, "", "")
    assert not User.objects.filter(username="alice").exists()
    expect_refused(page, "/admin/auth/group/add/")
