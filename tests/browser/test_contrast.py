"""For those who ask their system for more contrast: 7 to 1 at least, by day and by night."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.steps import IN_A_BROWSER, log_in

pytestmark = IN_A_BROWSER

ENHANCED = {"type": "rule", "values": ["color-contrast-enhanced"]}
NOT_UNDERLINED = """[...document.querySelectorAll('a[href]:not(.btn), .site-nav button')]
  .filter(link => getComputedStyle(link).textDecorationLine != 'underline')
  .map(link => link.outerHTML)"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_who_asks_for_more_contrast_gets_it(page, mug, bowl, alice, scheme):
    page.emulate_media(contrast="more", color_scheme=scheme, reduced_motion="reduce")
    page.goto("/")
    found = hard_to_see(page)
    log_in(page)
    for url in ("/home/", mug.get_absolute_url(), "/cart/", "/orders/", "/no-such-page/"):
        page.goto(url)
        found += hard_to_see(page)

    assert found == []


def hard_to_see(page: Page) -> list[str]:
    options = {"runOnly": ENHANCED, "preload": False}
    violations = Axe().run(page, options=options).response["violations"]
    pale = [node["html"] for violation in violations for node in violation["nodes"]]
    return pale + page.evaluate(NOT_UNDERLINED)
