from collections.abc import Iterator, Sequence

import html5lib
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Response, Route

from shop.models import Product
from shop.tests.test_pictures import give_picture
from tests.browser.steps import IN_A_BROWSER, log_in
from tests.browser.visit import visit_every_page

pytestmark = IN_A_BROWSER

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PHONE, TABLET, DESKTOP = 320, 768, 1280
ALL_STYLES_ARE_HERE = (
    "document.styleSheets.length == document.querySelectorAll('link[rel=stylesheet]').length"
)
ALL_PICTURES_ARE_HERE = "[...document.images].every(image => image.complete)"
PLACES = """[...document.querySelectorAll('main *')].map(element => {
  const { x, y, width, height } = element.getBoundingClientRect()
  return [element.outerHTML.slice(0, 60), x, y, width, height]
})"""


def test_every_page_is_accessible_and_fits_the_window(page, mug, bowl, alice):
    problems = []
    for name in visit_every_page(page, mug, bowl):
        for view in views(page):
            found = accessibility_problems(page) + too_wide(page)
            problems += [f"{name}, {view}: {problem}" for problem in found]
    assert not problems, "\n".join(problems)


def views(page: Page) -> Iterator[str]:
    """Show a page that is open on a phone and on a desk, by day and by night."""
    for width in (PHONE, DESKTOP):
        page.set_viewport_size({"width": width, "height": 800})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            yield f"{width} px, {scheme}"


def test_every_page_fits_the_window_with_letters_of_twice_the_size(
    open_page, large_letters, mug, bowl, alice
):
    assert_pages_fit(open_page(browser=large_letters), mug, bowl, widths=(360, DESKTOP))


def test_every_page_fits_the_window_with_a_name_of_one_long_word(page, mug, bowl, alice):
    name = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerk"
    Product.objects.update(name=name, price_cents=10_000_000)
    assert_pages_fit(page, mug, bowl, widths=(PHONE, TABLET))


def assert_pages_fit(page: Page, mug: Product, bowl: Product, widths: Sequence[int]) -> None:
    problems = []
    for name in visit_every_page(page, mug, bowl):
        for width in widths:
            page.set_viewport_size({"width": width, "height": 800})
            problems += [f"{name}, {width} px: {problem}" for problem in too_wide(page)]
    assert not problems, "\n".join(problems)


def too_wide(page: Page) -> list[str]:
    needed, width = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    return [f"is {needed} px wide"] if needed > width else []


@pytest.mark.parametrize("width", [360, DESKTOP])
def test_nothing_moves_when_the_pictures_arrive(page, mug, bowl, alice, width):
    page.set_viewport_size({"width": width, "height": 800})
    for product in (mug, bowl):
        give_picture(product)
    log_in(page)
    under_way: list[Route] = []
    for url in ("/home/", mug.get_absolute_url()):
        page.route("**/media/**", lambda route: under_way.append(route))
        page.goto(url, wait_until="domcontentloaded")
        wait_until(page, ALL_STYLES_ARE_HERE)
        assert not page.evaluate(ALL_PICTURES_ARE_HERE)
        before = page.evaluate(PLACES)
        while under_way:
            under_way.pop().continue_()
        page.unroute("**/media/**")
        wait_until(page, ALL_PICTURES_ARE_HERE)
        assert page.evaluate(PLACES) == before, url


def wait_until(page: Page, script: str) -> None:
    """The browser's own way of waiting compiles the script, which the shop's policy refuses."""
    for _ in range(500):
        if page.evaluate(script):
            return
        page.wait_for_timeout(20)
    raise AssertionError(script)


def accessibility_problems(page: Page, but: tuple[str, ...] = ()) -> list[str]:
    options = {
        "runOnly": RULES,
        "rules": {rule: {"enabled": False} for rule in but},
        # None of these rules needs the style sheets, and axe would copy them into the page, which
        # the shop's policy refuses.
        "preload": False,
    }
    violations = Axe().run(page, options=options).response["violations"]
    return [
        f"{violation['id']}, {violation['help']}: {node['html']}"
        for violation in violations
        for node in violation["nodes"]
    ]


def test_every_page_is_html_without_a_parse_error(page, mug, bowl, alice):
    sent: list[Response] = []
    page.on("response", lambda response: is_page(response) and sent.append(response))
    problems = []
    for name in visit_every_page(page, mug, bowl):
        parser = html5lib.HTMLParser()
        parser.parse(sent[-1].text())
        problems += [f"{name}: {error}" for error in parser.errors]
    assert not problems, "\n".join(problems)


def is_page(response: Response) -> bool:
    is_redirect = 300 <= response.status < 400
    return response.request.is_navigation_request() and not is_redirect
