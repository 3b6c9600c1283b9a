"""Where the browser is, and what shoppers do again and again."""

import os
import shutil

import pytest
from playwright.sync_api import Page

from tests.people import PASSWORD
from tests.skipped import NO_BROWSER

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)

# Each file of browser tests says `pytestmark = IN_A_BROWSER`.
IN_A_BROWSER = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.xdist_group("browser"),
    pytest.mark.skipif(
        not CHROMIUM and not os.environ.get("CI"),
        reason=NO_BROWSER,
    ),
]


def log_in(page: Page, username: str = "alice") -> None:
    page.goto("/")
    page.get_by_label("Username").fill(username)
    page.get_by_label("Password").fill(PASSWORD)
    press(page, "Log in")


def register(page: Page, username: str) -> None:
    """On the page for it."""
    page.get_by_label("Username").fill(username)
    page.get_by_label("E-mail address").fill(f"{username}@example.com")
    page.get_by_label("Password").fill("a fine long secret")
    press(page, "Register")


def press(page: Page, button: str) -> None:
    page.get_by_role("button", name=button).click()
