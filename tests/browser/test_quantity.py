"""Minus and plus on a product's page: a script adds them, and typing works as ever."""

import pytest
from playwright.sync_api import Page, expect

from shop.models import Product
from tests.browser.steps import IN_A_BROWSER, log_in, press

pytestmark = IN_A_BROWSER

MORE, LESS = "One Speckled mug more", "One Speckled mug less"


@pytest.fixture
def product_page(page: Page, mug: Product, alice) -> Page:
    Product.objects.filter(pk=mug.pk).update(stock=3)
    log_in(page)
    page.goto(mug.get_absolute_url())
    return page


@pytest.mark.parametrize(
    ("typed", "presses", "quantity"),
    [
        ("1", [MORE], "2"),
        ("2", [MORE, MORE], "3"),  # three are left
        ("2", [LESS, LESS], "1"),
        ("", [MORE], "1"),
        ("three", [LESS], "1"),
        ("500", [LESS], "3"),
    ],
)
def test_each_press_stays_within_what_can_be_ordered(product_page, typed, presses, quantity):
    field = product_page.get_by_label("Quantity", exact=False)
    field.fill(typed)
    for button in presses:
        press(product_page, button)

    expect(field).to_have_value(quantity)


def test_what_was_chosen_is_bought(product_page):
    press(product_page, MORE)
    press(product_page, "Buy Speckled mug")

    expect(product_page.get_by_role("button", name="Pay $38.00")).to_be_visible()


def test_on_a_phone_the_wanted_product_stands_above_the_login(page, mug, alice):
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(mug.get_absolute_url())
    name = page.get_by_role("heading", name="Speckled mug").bounding_box()
    form = page.get_by_role("heading", name="Log in").bounding_box()

    assert name["y"] < form["y"]
    assert page.get_by_role("button", name="Log in").bounding_box()["y"] < 740
