"""Finding things: search, categories and sorting, all in the address."""

import pytest
from django.conf import settings as shop
from django.db import connection
from django.test.utils import CaptureQueriesContext

from shop.models import Category, Product
from tests.pages import read, words


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
    answer = as_alice.get("/home/", {"q": "mug", "sort": "name"})
    page = read(answer)

    assert read(answer, "header").field("Search for products") == "mug"
    assert page.field("Sort by") == "name"
    assert page.notices == ["1 result for “mug”"]
    assert page.link("Clear search") == "/home/"
    assert not page.has(".pagination-area")


@pytest.mark.parametrize(
    ("query", "said", "way_back"),
    [
        ({"category": "kitchen"}, "2 products in Kitchen", "Show everything"),
        ({"category": "larder"}, "1 product in Lärder", "Show everything"),
        ({"category": "larder", "q": "jar"}, "1 result for “jar” in Lärder", "Clear search"),
        ({"category": "larder", "q": "mug"}, "No results for “mug” in Lärder", "Clear search"),
        ({"q": "unicorn"}, "No results for “unicorn”", "Clear search"),
    ],
)
def test_what_was_asked_for_is_said_with_a_way_back(as_alice, shelf, query, said, way_back):
    page = read(as_alice.get("/home/", query))

    assert page.notices == [said]
    assert page.part(".finder-count").links == [(way_back, "/home/")]


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ({}, "Products"),
        ({"q": "mug"}, "“mug”"),
        ({"category": "larder"}, "Lärder"),
        ({"q": "jar", "category": "larder"}, "“jar” in Lärder"),
    ],
)
def test_the_heading_and_the_title_say_what_was_asked_for(as_alice, shelf, query, name):
    page = as_alice.get("/home/", query)

    assert read(page).headings[0] == name
    title = name if query else "Products"
    assert read(page, "head").title == f"{title} – {shop.SHOP_NAME}"


def test_the_categories_lead_to_their_shelves_and_say_which_is_shown(as_alice, shelf):
    for query, current in (({"sort": "name"}, "Everything"), ({"category": "larder"}, "Lärder")):
        categories = read(as_alice.get("/home/", query | {"page": 1}), ".categories")
        shown = [words(link) for link in categories.all("a") if link.get("aria-current") == "page"]
        kept = "sort=name&" if "sort" in query else ""
        assert shown == [current]
        assert categories.links == [
            ("Everything", "/home/?sort=name" if kept else "/home/"),
            ("Kitchen", f"/home/?{kept}category=kitchen"),
            ("Lärder", f"/home/?{kept}category=larder"),
        ]


def test_sorting_keeps_what_was_asked_for(as_alice, shelf):
    asked = {"category": "larder", "q": "jar"}
    not_asked = {"price_from": "", "price_to": "", "sort": ""}

    assert read(as_alice.get("/home/", asked), ".finder-form").sent == asked | not_asked
    assert read(as_alice.get("/home/"), ".finder-form").sent == not_asked


def test_nothing_found_offers_a_way_on(as_alice, shelf):
    page = read(as_alice.get("/home/", {"q": "unicorn"}))

    assert page.part(".pictured").text.startswith("Try fewer words")
    assert page.part(".shelf").headings == [
        *("What others like", "Crème jar", "Walnut bowl", "Speckled mug")
    ]


def test_nothing_found_on_a_shelf_offers_the_whole_shop(as_alice, shelf):
    page = read(as_alice.get("/home/", {"q": "mug", "category": "larder"}), ".pictured")

    assert page.links == [
        ("search for “mug” in the whole shop", "/home/?q=mug"),
        ("See all products", "/home/"),
    ]


def test_an_empty_shelf_says_so(as_alice, mug):
    Category.objects.create(name="Attic", slug="attic")
    page = read(as_alice.get("/home/", {"category": "attic"}))

    assert page.notices == ["No products in Attic"]
    assert page.part(".pictured").text.startswith("There is nothing here")


def test_where_nothing_can_be_bought_nothing_is_said_to_be_liked(as_alice, mug):
    Product.objects.update(is_active=False)

    assert "What others like" not in read(as_alice.get("/home/", {"q": "mug"})).headings


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
    pages = read(as_alice.get("/home/", {"q": "cup", "sort": "price-low"}), ".pages")

    assert pages.link("Next") == "?q=cup&sort=price-low&page=2"


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
    shelf = read(as_alice.get(mug.get_absolute_url()), ".shelf")

    assert shelf.headings == ["You may also like", "Walnut bowl"]
    assert shelf.links == [("Walnut bowl", bowl.get_absolute_url())]
    assert shelf.paragraphs == ["$54.50"]


def test_a_product_alone_in_its_category_shows_no_others(as_alice, mug):
    assert read(as_alice.get(mug.get_absolute_url())).headings == ["Speckled mug"]
