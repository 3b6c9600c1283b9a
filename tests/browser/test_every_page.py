"""Each page, as shoppers and as staff see it, is held to all the rules in one walk."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from django.urls import resolve
from playwright.sync_api import Page, Route

from shop.models import DeliveryOption, Product
from shop.tests.test_gallery import add_picture
from shop.tests.test_pictures import give_picture
from tests.browser.rules import DESKTOP, Rules
from tests.browser.steps import IN_A_BROWSER, log_in
from tests.browser.visit import visit_every_page
from tests.browser.visit_admin import ON_THE_WAY, order_to_work_on, visit_admin, visit_the_rest
from tests.test_who_may_what import make_records

pytestmark = IN_A_BROWSER

LONG_WORD = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerk"
# Django labels the search with a magnifier whose text for screen readers is "Search"; the rule
# looks for visible words alone, and only where the field has a hint as well.
OF_DJANGO = ("label-title-only",)
ALL_STYLES_ARE_HERE = (
    "document.styleSheets.length == document.querySelectorAll('link[rel=stylesheet]').length"
)
ALL_PICTURES_ARE_HERE = "[...document.images].every(image => image.complete)"
PLACES = """[...document.querySelectorAll('main *')].map(element => {
  const { x, y, width, height } = element.getBoundingClientRect()
  return [element.outerHTML.slice(0, 60), x, y, width, height]
})"""

# A style sheet that is made by a script is no inline style.
BREAK = """() => {
  const styles = new CSSStyleSheet()
  styles.replaceSync(`
    @media (width > 1000px) and (prefers-color-scheme: dark) { h1 { color: #333 !important } }
    @media (width < 1000px) and (prefers-color-scheme: dark) { h1 { margin-top: 9rem } }
    @media (width < 1000px) { h1 { width: 500px } }
  `)
  document.adoptedStyleSheets.push(styles)
  document.querySelector('label[for=id_username]').remove()
}"""


def test_every_page_keeps_the_rules(page, mug, bowl, alice, standard, express):
    DeliveryOption.objects.filter(pk=standard.pk).update(name=LONG_WORD, countries="US, CA, NO")
    Product.objects.update(name=LONG_WORD, price_cents=10_000_000)  # what fits least

    assert not broken(visit_every_page(page, mug, bowl), Rules(page))


def test_every_admin_page_keeps_the_rules(page, staff, as_alice, mug, standard, settings):
    settings.STAFF_SECOND_FACTOR = True
    order = order_to_work_on(as_alice, mug)
    rules, names, problems = Rules(page, OF_DJANGO), set(), ""
    for name in visit_admin(page, order, mug):
        place = resolve(urlsplit(page.url).path)
        names |= {place.url_name} if place.namespace == "admin" else set()
        problems += broken(iter([name]), rules)

    assert not problems
    assert names == ON_THE_WAY


def test_every_other_admin_page_keeps_the_rules(page, staff, alice, mug):
    records = make_records(alice, mug)

    assert not broken(visit_the_rest(page, records), Rules(page, OF_DJANGO))


def broken(visit: Iterator[str], rules: Rules) -> str:
    return "\n".join(f"{name}: {problem}" for name in visit for problem in rules.broken())


def test_letters_of_twice_the_size_are_so_for_the_styles_too(page, alice):
    """What the rules about large letters stand on: as if it were set in the browser."""
    page.goto("/")
    is_narrow = "matchMedia('(max-width: 50em)').matches"
    letters = "getComputedStyle(document.documentElement).fontSize"
    page.set_viewport_size({"width": DESKTOP, "height": 800})
    rules = Rules(page)
    usual = page.evaluate(f"[{letters}, {is_narrow}]")
    rules.set_letters(32)

    assert usual == ["16px", False]
    assert page.evaluate(f"[{letters}, {is_narrow}]") == ["32px", True]


def test_the_rules_notice_what_is_broken_at_one_width_or_in_one_scheme_alone(page, alice):
    rules = Rules(page)
    page.goto("/")
    page.evaluate(BREAK)
    found = [re.sub(", [A-Z].*", "", problem, flags=re.DOTALL) for problem in rules.broken()]

    assert found == [
        "320 px: is 516 px wide",
        "320 px, light: label",
        "320 px: looks different in the dark not by its colours alone",
        "1280 px, light: label",
        "1280 px, dark: color-contrast",
        "with large letters, 360 px: is 532 px wide",
    ]


@pytest.mark.parametrize("width", [360, DESKTOP])
def test_nothing_moves_when_the_pictures_arrive(page, mug, bowl, alice, width):
    page.set_viewport_size({"width": width, "height": 800})
    for product in (mug, bowl):
        give_picture(product)
        add_picture(product, "From the side")
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
