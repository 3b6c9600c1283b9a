"""Finding things: search, categories and sorting, all in the address."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from shop.models import Category, Product


@pytest.fixture
def shelf(mug, bowl):
    """A mug at $19.00, a bowl at $54.50, a crème jar at $9.00 in another category."""
    larder = Category.objects.create(name="Lärder", slug="larder")
    Product.objects.create(
        name="Crème jar", slug="creme-jar", category=larder, price_cents=900, sold_count=7
    )


def names(client, **query) -> list[str]:
    return [product.name for product in client.get("/home/", query).context["page"]]


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("mug", ["Speckled mug"]),
        ("MUG", ["Speckled mug"]),
        ("tea", ["Speckled mug"]),
        ("kitchen", ["Walnut bowl", "Speckled mug"]),
        ("kitchen walnut", ["Walnut bowl"]),
        ("walnut mug", []),
        ("creme", ["Crème jar"]),
        ("CRÈME", ["Crème jar"]),
        ("larder", ["Crème jar"]),
        ("100%", []),
        ("_", []),
        ("'", []),
        ("", ["Crème jar", "Walnut bowl", "Speckled mug"]),
        ("  ", ["Crème jar", "Walnut bowl", "Speckled mug"]),
    ],
)
def test_search_finds_what_holds_all_the_words(as_alice, shelf, q, found):
    assert names(as_alice, q=q) == found


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("newest", ["Crème jar", "Walnut bowl", "Speckled mug"]),
        ("price-low", ["Crème jar", "Speckled mug", "Walnut bowl"]),
        ("price-high", ["Walnut bowl", "Speckled mug", "Crème jar"]),
        ("best-selling", ["Crème jar", "Walnut bowl", "Speckled mug"]),
        ("name", ["Crème jar", "Speckled mug", "Walnut bowl"]),
    ],
)
def test_products_are_sorted(as_alice, shelf, sort, order):
    assert names(as_alice, sort=sort) == order


def test_a_category_shows_its_own(as_alice, shelf):
    assert names(as_alice, category="larder") == ["Crème jar"]
    assert names(as_alice, category="kitchen", q="bowl", sort="price-low") == ["Walnut bowl"]


@pytest.mark.parametrize(
    "query",
    [{"q": "\0"}, {"q": "x" * 101}, {"category": "nothing"}, {"category": "\0"}, {"sort": "abc"}],
)
def test_what_makes_no_sense_is_left_out(as_alice, shelf, query):
    assert len(names(as_alice, **query)) == 3


def test_the_search_stays_in_the_box_and_the_count_is_said(as_alice, shelf):
    page = as_alice.get("/home/", {"q": "mug"}).text

    assert 'value="mug"' in page
    assert "1 result" in page


def test_nothing_found_offers_a_way_on(as_alice, shelf):
    page = as_alice.get("/home/", {"q": "unicorn"})

    assert 'href="/home/"' in page.text
    assert page.context["popular"][0].name == "Crème jar"
    assert "Crème jar" in page.text


def test_pages_keep_what_was_asked_for(as_alice, mug):
    Product.objects.bulk_create(
        Product(
            name=f"Cup {n}",
            slug=f"cup-{n}",
            category=mug.category,
            price_cents=n + 1,
            search_text="cup",
        )
        for n in range(30)
    )
    page = as_alice.get("/home/", {"q": "cup", "sort": "price-low"}).text

    assert "q=cup" in page
    assert "sort=price-low" in page
    assert "page=2" in page


def test_a_renamed_category_is_found_under_its_new_name(as_alice, mug):
    mug.category.name = "Scullery"
    mug.category.save()

    assert names(as_alice, q="scullery") == ["Speckled mug"]
    assert names(as_alice, q="kitchen") == []


def test_renaming_a_category_costs_the_same_however_many_products_it_has(mug, bowl):
    with CaptureQueriesContext(connection) as few:
        mug.category.save()
    Product.objects.bulk_create(
        Product(name=f"Cup {n}", slug=f"cup-{n}", category=mug.category, price_cents=100)
        for n in range(30)
    )
    with CaptureQueriesContext(connection) as many:
        mug.category.save()

    assert len(many) == len(few)


def test_a_product_page_shows_others_of_its_category(as_alice, shelf, mug, bowl):
    page = as_alice.get(mug.get_absolute_url())

    assert [product.name for product in page.context["related"]] == ["Walnut bowl"]
    assert bowl.get_absolute_url() in page.text
