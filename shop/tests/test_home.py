import re
from typing import Any

import pytest

from shop.forms import BuyForm
from shop.models import Product
from tests.pages import read, words


def cards(page: Any) -> list[str]:
    return [words(heading) for heading in read(page).all("h2") if heading.get("id") is None]


def test_home_shows_an_active_product_with_all_that_a_buyer_needs(as_alice, mug):
    card = read(as_alice.get("/home/"), "article")

    assert card.headings == ["Speckled mug"]
    assert card.links == [("Speckled mug", mug.get_absolute_url())]
    assert card.paragraphs == ["$19.00", "Holds tea."]
    assert card.fields == {"Quantity of Speckled mug": "1"}
    assert card.buttons == {
        "Buy Speckled mug": f"/checkout/{mug.pk}/",
        "Add to cart Speckled mug": f"/cart/add/{mug.pk}/",
    }
    assert card.sent == {"quantity": "1", "price_seen": "1900"}


def test_of_a_long_description_the_card_shows_the_beginning(as_alice, mug):
    Product.objects.update(description="Holds tea, and coffee too, and milk, and soup if need be.")

    card = read(as_alice.get("/home/"), "article")
    assert card.part(".clamped").text == "Holds tea, and coffee too, and milk, an…"


def test_a_product_that_is_not_active_does_not_show(as_alice, mug, bowl):
    Product.objects.filter(pk=mug.pk).update(is_active=False)

    assert cards(as_alice.get("/home/")) == ["Walnut bowl"]
    assert as_alice.get(mug.get_absolute_url()).status_code == 404


def test_a_product_without_a_picture_shows_a_neutral_one(as_alice, mug):
    def picture() -> str:
        return read(as_alice.get("/home/"), "article").part("img").element.get("src")

    assert picture().endswith("/img/placeholder.svg")

    Product.objects.update(image="products/mug.webp")
    assert picture() == "/media/products/mug.webp"


def test_markup_in_a_name_is_text(as_alice, mug):
    Product.objects.update(name="<script>alert(1)</script>", description="<b>bold</b>")

    for url in ("/home/", mug.get_absolute_url()):
        page = read(as_alice.get(url))
        assert "<script>alert(1)</script>" in page.headings
        assert "<b>bold</b>" in page.paragraphs
        assert page.all("script", "b") == []


@pytest.fixture
def fifty_products(mug):
    Product.objects.bulk_create(
        Product(name=f"Cup {n}", slug=f"cup-{n}", category=mug.category, price_cents=100 + n)
        for n in range(49)
    )


def test_a_page_holds_24_products(as_alice, fifty_products):
    pages = [cards(as_alice.get("/home/", {"page": n})) for n in (1, 2, 3)]

    assert [len(page) for page in pages] == [24, 24, 2]
    assert [page.count("Speckled mug") for page in pages] == [0, 0, 1]


def test_a_page_says_which_one_it_is(as_alice, fifty_products):
    page = read(as_alice.get("/home/", {"page": 2}), "html")

    assert page.title.startswith("Products (page 2 of 3) – ")
    assert page.part(".pagination-area").paragraphs == ["Page 2 of 3 · 50 products"]
    current = [a for a in page.part(".pages").all("a") if a.get("aria-current") == "page"]
    assert [(a.get("href"), a.get("aria-label")) for a in current] == [("?page=2", "Page 2")]


@pytest.mark.parametrize(
    ("number", "links"),
    [
        (1, {"Page 1": 1, "Page 2": 2, "Page 3": 3, "Next": 2}),
        (2, {"Previous": 1, "Page 1": 1, "Page 2": 2, "Page 3": 3, "Next": 3}),
        (3, {"Previous": 2, "Page 1": 1, "Page 2": 2, "Page 3": 3}),
    ],
)
def test_a_page_leads_to_those_beside_it(as_alice, fifty_products, number, links):
    pages = read(as_alice.get("/home/", {"page": number}), ".pages")

    assert dict(pages.links) == {name: f"?page={page}" for name, page in links.items()}
    assert [words(link) for link in pages.all("a") if link.get("aria-current")] == [str(number)]


def test_a_page_that_is_all_there_is_leads_nowhere(as_alice, mug):
    area = read(as_alice.get("/home/"), ".pagination-area")

    assert area.text == "1 product"
    assert area.links == []


@pytest.mark.parametrize("number", ["0", "-1", "4", "abc", "", "1e3", str(2**63), "١"])
def test_a_page_that_does_not_exist_is_the_first(as_alice, fifty_products, number):
    page = as_alice.get("/home/", {"page": number})

    assert page.status_code == 200
    assert page.context["page"].number == 1


def test_the_page_asks_the_database_the_same_few_questions_however_many_products(
    as_alice, mug, django_assert_num_queries, fifty_products
):
    # Session, user, categories, own holds, cart, count and page of the products, latest orders,
    # shop, its pages.
    with django_assert_num_queries(10):
        as_alice.get("/home/")


def test_an_empty_shop_says_so_and_tells_staff_what_to_do(as_alice, as_staff):
    page = read(as_alice.get("/home/"))

    assert "There is nothing for sale at the moment. Check back soon." in page.paragraphs
    assert page.fields == {}
    assert "Add a product" not in dict(page.links)
    assert read(as_staff.get("/home/")).link("Add a product") == "/admin/shop/product/add/"


def test_a_card_sends_just_what_the_form_of_the_product_reads(as_alice, mug):
    card = re.search("<article .*?</article>", as_alice.get("/home/").text, re.S)[0]
    names = re.findall(r'<input [^>]*name="(\w+)"', card)

    assert set(names) == {"csrfmiddlewaretoken", *BuyForm.base_fields}
    assert read(card, "article").sent == {"price_seen": "1900", "quantity": "1"}
