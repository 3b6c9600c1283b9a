"""The journey in a real browser, against a live server with real webhooks over HTTP."""

import os
import re
import shutil
from collections.abc import Iterator

import pytest
import requests
from playwright.sync_api import Browser, Page, expect, sync_playwright

from conftest import PASSWORD
from orders.models import Order
from stripe_simulator import delivery

over_http = delivery.send
CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.xdist_group("browser"),
    pytest.mark.skipif(
        not CHROMIUM and not os.environ.get("CI"),
        reason="no Chromium or Chrome is installed",
    ),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def address(live_server, settings, monkeypatch, own_world) -> str:
    """Links, Stripe's page and webhooks lead to the live server, as they do under runserver."""
    settings.SITE_URL = live_server.url
    monkeypatch.setattr(delivery, "send", over_http)
    return live_server.url


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """A page whose console stays empty and whose requests all arrive."""
    troubles: list[str] = []
    context = browser.new_context(base_url=address)
    page = context.new_page()
    page.set_default_timeout(10_000)
    page.on("console", lambda message: troubles.append(message.text))
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("requestfailed", lambda request: troubles.append(f"{request.failure}: {request.url}"))
    yield page
    context.close()
    # A picture still on its way when the next page opens is no trouble.
    assert [trouble for trouble in troubles if "ERR_ABORTED" not in trouble] == []


def test_a_shopper_registers_buys_pays_refreshes_and_staff_find_the_order(page, mug, staff):
    page.goto("/")
    expect(page.get_by_role("button", name="Log in")).to_be_visible()
    page.get_by_role("link", name="Create an account").click()
    page.get_by_label("Username").fill("carla")
    page.get_by_label("E-mail address").fill("carla@example.com")
    page.get_by_label("Password").fill("a fine long secret")
    page.get_by_role("button", name="Register").click()

    expect(page).to_have_url("/home/")
    page.get_by_label("Quantity").fill("2")
    page.get_by_role("button", name="Buy").click()

    expect(page).to_have_url(re.compile("/c/pay/cs_test_"))
    page.get_by_label("Card number").fill("4000 0000 0000 0002")
    page.get_by_role("button", name="Pay $38.00").click()
    expect(page.get_by_role("alert")).to_contain_text("declined")
    page.get_by_label("Card number").fill("4242 4242 4242 4242")
    page.get_by_role("button", name="Pay $38.00").click()

    expect(page.get_by_role("heading", level=1)).to_contain_text("Order received")
    order = Order.objects.get()
    for _ in range(3):
        page.reload()
        expect(page.get_by_text(order.number).first).to_be_visible()
    assert Order.objects.count() == 1

    page.get_by_role("link", name="My Orders").first.click()
    expect(page.get_by_role("link", name=order.number)).to_be_visible()
    page.get_by_role("button", name="Log out").click()

    page.goto("/admin/")
    page.get_by_label("Username").fill("staff")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.goto("/admin/orders/order/?q=carla")
    expect(page.get_by_role("link", name=order.number)).to_be_visible()


def test_a_shopper_cancels_uncharged(page, mug, alice):
    log_in(page)
    page.get_by_role("button", name="Buy").click()
    page.get_by_role("link", name="Back to").click()

    expect(page.get_by_text("You have not been charged")).to_be_visible()
    assert not Order.objects.exists()


def test_a_shopper_who_loses_the_way_back_still_has_the_order(page, mug, alice):
    log_in(page)
    page.get_by_role("button", name="Buy").click()
    page.get_by_text("For developers", exact=True).click()
    page.get_by_role("button", name="lose the way back").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()

    page.goto("/orders/")
    expect(page.get_by_role("link", name=Order.objects.get().number)).to_be_visible()


@pytest.mark.parametrize("width", [360, 1440])
def test_no_page_scrolls_sideways_and_every_style_arrives(page, address, mug, alice, width):
    page.set_viewport_size({"width": width, "height": 900})
    log_in(page)
    urls = ["/home/", mug.get_absolute_url(), "/orders/", "/accounts/profile/"]
    for url in urls:
        page.goto(url)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, url
        for sheet in page.locator("link[rel=stylesheet]").all():
            href = sheet.get_attribute("href") or ""
            assert requests.get(address + href, timeout=5).status_code == 200, href


def log_in(page: Page) -> None:
    page.goto("/")
    page.get_by_label("Username").fill("alice")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
