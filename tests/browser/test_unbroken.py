"""Words and prices stay whole on a phone, a tablet and a desk."""

from shop.models import Product
from tests.browser.steps import IN_A_BROWSER, log_in, press

pytestmark = IN_A_BROWSER

NAMES = ("Casserole", "Cook's tools, set of five", "Pepper mill", "Enamel kettle")
BROKEN = r"""(() => {
  const found = [], texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  while (texts.nextNode()) {
    if (texts.currentNode.parentElement.closest('.visually-hidden, script')) continue
    for (const word of texts.currentNode.data.matchAll(/[^\s-]+/g)) {
      const range = document.createRange()
      range.setStart(texts.currentNode, word.index)
      range.setEnd(texts.currentNode, word.index + word[0].length)
      if (range.getClientRects().length > 1) found.push(word[0])
    }
  }
  return found
})()"""


def test_no_word_and_no_price_is_broken(page, mug, alice):
    alice.email = "alice.appleby@example.com"
    alice.save()
    make_products(mug)
    log_in(page)
    page.goto("/products/product-0/")
    with page.expect_navigation():
        press(page, "Add to cart")
    found = []
    for url in ("/home/", mug.get_absolute_url(), "/cart/", "/accounts/profile/"):
        page.goto(url)
        for width in (360, 768, 1440):
            page.set_viewport_size({"width": width, "height": 800})
            found += [(url, width, word) for word in page.evaluate(BROKEN)]

    assert found == []


def test_what_is_new_is_one_row_on_a_tablet(page, mug, alice):
    make_products(mug)
    log_in(page)
    page.set_viewport_size({"width": 768, "height": 800})
    page.goto("/home/")

    tops = "[...document.querySelectorAll('.front-new .card')].map(card => card.offsetTop)"
    found = page.evaluate(tops)
    assert len(found) == 4
    assert len(set(found)) == 1


def make_products(mug: Product) -> None:
    """More than one page of them, so that the first one shows what is new."""
    for number in range(25):
        Product.objects.create(
            name=NAMES[number % 4],
            slug=f"product-{number}",
            category=mug.category,
            price_cents=14_900,
        )
