"""Whatever begins a page begins under the shop's name, on a phone and on a desk."""

import pytest

from shop.models import Checkout
from tests.browser.steps import IN_A_BROWSER, log_in, press

pytestmark = IN_A_BROWSER

OPEN_PAGES = ["/", "/accounts/register/", "/accounts/password_reset/", "/no-such-page/"]
OWN_PAGES = ["/cart/", "/orders/", "/accounts/profile/", "/accounts/password_change/"]
OWN_PAGES += ["/accounts/email_change/", "/accounts/delete/", "/no-such-page/"]
OFF_THE_EDGE = """(() => {
  const left = element => element.getBoundingClientRect().left
  const edge = left(document.querySelector('header .wordmark'))
  return [...document.querySelectorAll('main h1, main form, main table, main .facts')]
    .filter(element => left(element) != edge)
    .map(element => `${element.outerHTML.slice(0, 60)}: ${left(element) - edge} px`)
})()"""
CART_IN_THE_CORNER = """(() => {
  const box = place => document.querySelector(`header ${place}`).getBoundingClientRect()
  const name = box('.wordmark'), cart = box('.cart-link')
  const isAsHigh = cart.top < name.bottom && name.top < cart.bottom
  return isAsHigh && Math.abs(innerWidth - cart.right - name.left) < 1
})()"""


@pytest.mark.parametrize("width", [360, 768, 1440])
def test_pages_have_one_left_edge(page, mug, alice, width):
    page.set_viewport_size({"width": width, "height": 800})
    found = []
    for url in OPEN_PAGES:
        page.goto(url)
        found += page.evaluate(OFF_THE_EDGE)
    log_in(page)
    page.goto(mug.get_absolute_url())
    with page.expect_navigation():
        press(page, "Buy")
    session_id = Checkout.objects.get().stripe_session_id
    for url in [*OWN_PAGES, f"/success/?session_id={session_id}"]:
        page.goto(url)
        found += page.evaluate(OFF_THE_EDGE)

    assert found == []


def test_the_cart_stays_in_the_corner_beside_the_name(page, alice):
    log_in(page)
    page.goto("/cart/")
    for width in (360, 768, 1440):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate(CART_IN_THE_CORNER), width
