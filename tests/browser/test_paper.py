"""The receipt on paper: printed by a button where one can work, and readable there."""

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from orders.models import Order
from tests.browser.steps import IN_A_BROWSER, log_in

pytestmark = IN_A_BROWSER

MARGIN = """() => [...document.styleSheets].flatMap(sheet => [...sheet.cssRules])
    .find(rule => rule instanceof CSSPageRule).style.margin"""
# A CSS pixel is three quarters of a point.
POINTS = "element => parseFloat(getComputedStyle(element).fontSize) * 3 / 4"


@pytest.fixture
def order(alice, mug) -> Order:
    order = Order.objects.create(
        user=alice,
        email=alice.email,
        stripe_session_id="cs_test_paper",
        currency="usd",
        subtotal_cents=1900,
        total_cents=1900,
        paid_at=timezone.now(),
    )
    order.lines.create(product=mug, product_name=mug.name, unit_price_cents=1900, quantity=1)
    return order


def open_receipt(page: Page, order: Order) -> None:
    log_in(page)
    page.goto(f"{order.get_absolute_url()}receipt/")


def test_the_button_prints(page, order):
    page.add_init_script("window.print = () => { document.title = 'printed'; }")
    open_receipt(page, order)
    page.get_by_role("button", name="Print").click()

    expect(page).to_have_title("printed")


def test_without_javascript_there_is_no_button_that_does_nothing(open_page, order):
    page = open_page(java_script_enabled=False)
    open_receipt(page, order)

    expect(page.get_by_role("link", name="Back to the order")).to_be_visible()
    expect(page.get_by_role("button", name="Print")).to_have_count(0)


def test_paper_has_margins_and_letters_of_a_size_to_be_read(page, order):
    open_receipt(page, order)
    page.emulate_media(media="print")

    assert page.evaluate(MARGIN) == "2cm"
    assert page.locator(".facts").evaluate(POINTS) == pytest.approx(11, abs=0.1)
    expect(page.get_by_role("button", name="Print")).to_be_hidden()
    expect(page.get_by_role("search")).to_be_hidden()
