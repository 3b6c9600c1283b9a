"""What the pages say of how much there is."""

import pytest

from shop.models import Product
from tests.pages import read


@pytest.mark.parametrize(
    ("stock", "on_the_card", "on_the_page"),
    [
        (0, "Speckled mug, Sold out", None),
        (3, "Speckled mug, Only 3 left", "Only 3 left"),
        (6, "Speckled mug", "In stock"),
        (None, "Speckled mug", "In stock"),
    ],
)
def test_the_pages_say_what_is_left(as_alice, mug, bowl, stock, on_the_card, on_the_page):
    Product.objects.filter(pk=mug.pk).update(stock=stock)
    page = read(as_alice.get(mug.get_absolute_url()))

    assert read(as_alice.get("/home/")).link(on_the_card) == mug.get_absolute_url()
    assert read(as_alice.get(bowl.get_absolute_url()), ".shelf").links == [
        (on_the_card, mug.get_absolute_url())
    ]
    assert (page.part(".in-stock").text if page.has(".in-stock") else None) == on_the_page


def test_what_is_sold_out_or_nearly_so_looks_it(as_alice, mug, bowl):
    def looks(stock: int | None) -> list[bool]:
        Product.objects.filter(pk=mug.pk).update(stock=stock)
        page, other = (as_alice.get(product.get_absolute_url()) for product in (mug, bowl))
        card = read(as_alice.get("/home/")).all("article")[1].get("class")
        small = read(other, ".shelf").part("article").element.get("class")
        return [*("is-sold-out" in card, "is-sold-out" in small, read(page).has(".few-left"))]

    assert looks(None) == [False, False, False]
    assert looks(3) == [False, False, True]
    assert looks(0) == [True, True, False]


def test_what_is_sold_out_is_still_to_be_seen_but_cannot_be_bought(as_alice, mug):
    Product.objects.update(stock=0)

    for url in ("/home/", mug.get_absolute_url()):
        page = read(as_alice.get(url))
        assert page.part("article").headings[0].startswith("Speckled mug")
        assert not {"Buy Speckled mug", "Add to cart Speckled mug"} & set(page.buttons)
    (button,) = read(as_alice.get("/home/"), "article").all("button")
    assert button.get("aria-label") == "Sold out: Speckled mug"
    assert button.get("disabled") is not None
    assert read(as_alice.get(mug.get_absolute_url()), ".sold-out").text.startswith("Sold out.")


def test_a_buy_that_comes_too_late_leads_from_the_problem_to_why(as_alice, mug):
    Product.objects.update(stock=0)
    page = read(as_alice.post(f"/checkout/{mug.pk}/", {"quantity": 1}))

    (href,) = page.part(".notice-error").targets
    assert page.part(".sold-out").element.get("id") == href.removeprefix("#")


def test_the_link_of_a_product_says_that_it_is_sold_out(as_alice, mug):
    Product.objects.update(stock=0)

    page = read(as_alice.get("/home/"))
    assert page.link("Speckled mug, Sold out") == mug.get_absolute_url()


def test_a_quantity_is_one_unless_changed_and_its_limit_is_said(as_alice, mug):
    page = read(as_alice.get(mug.get_absolute_url()))

    assert page.fields == {"Quantity up to 99 an order": "1"}
    assert page.part("#id_quantity").element.get("inputmode") == "numeric"

    Product.objects.update(stock=3)
    assert read(as_alice.get(mug.get_absolute_url())).fields == {"Quantity up to 3": "1"}
