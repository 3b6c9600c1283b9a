from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from stripe_simulator import delivery
from tests.browser.steps import CHROMIUM
from tests.browser.troubles import Troubles

over_http = delivery.send
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def large_letters(browser: Browser) -> Iterator[Browser]:
    """Set to letters of twice the usual size, as people do who see badly."""
    flags = [*FLAGS, "--blink-settings=defaultFontSize=32"]
    browser = browser.browser_type.launch(executable_path=CHROMIUM, args=flags)
    yield browser
    browser.close()


@pytest.fixture
def address(live_server, settings, monkeypatch, own_world) -> str:
    """Links, Stripe's page and webhooks lead to the live server, as they do under runserver."""
    settings.SITE_URL = live_server.url
    monkeypatch.setattr(delivery, "send", over_http)
    return live_server.url


@pytest.fixture
def open_page(browser: Browser, address: str) -> Iterator[Callable[..., Page]]:
    """Opens pages whose console stays empty and whose requests all arrive, at this site."""
    troubles = Troubles(address)
    contexts = []

    def open_page(browser: Browser = browser, **options: Any) -> Page:
        contexts.append(browser.new_context(base_url=address, **options))
        page = contexts[-1].new_page()
        page.set_default_timeout(10_000)
        troubles.watch(page)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert troubles.found == []


@pytest.fixture
def page(open_page: Callable[..., Page]) -> Page:
    return open_page()
