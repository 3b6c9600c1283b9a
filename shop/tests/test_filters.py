"""What shoppers narrow the catalogue by, besides words and categories, all in the address."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from shop.models import Category, Family, Product
from tests.pages import read


@pytest.fixture
def shelf(mug, bowl):
    """A mug at $19.00, a bowl at $54.50, and a sold out jar at $9.00 in another category."""
    larder = Category.objects.create(name="Larder", slug="larder")
    Product.objects.create(name="Jar", slug="jar", category=larder, price_cents=900, stock=0)


def names(client, **query) -> list[str]:
    return [product.name for product in client.get("/home/", query).context["page"]]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"price_to": "19"}, ["Jar", "Speckled mug"]),
        ({"price_to": "18,99"}, ["Jar"]),
        ({"price_from": "19.00"}, ["Walnut bowl", "Speckled mug"]),
        ({"price_from": "10", "price_to": "$20"}, ["Speckled mug"]),
        ({"price_from": "20", "price_to": "10"}, ["Speckled mug"]),
        ({"price_from": "0", "price_to": "20 USD"}, ["Jar", "Speckled mug"]),
        ({"price_to": "1000"}, ["Jar", "Walnut bowl", "Speckled mug"]),
        ({"in_stock": "on"}, ["Walnut bowl", "Speckled mug"]),
        ({"in_stock": "on", "price_to": "20", "q": "mugs"}, ["Speckled mug"]),
    ],
)
def test_the_catalogue_is_narrowed_by_price_and_stock(as_alice, shelf, query, found):
    assert names(as_alice, **query) == found


def test_the_filters_are_folded_until_one_makes_no_sense(as_alice, shelf):
    filters = read(as_alice.get("/home/"), ".filters")

    assert filters.element.get("open") is None
    assert "In stock only" in filters.fields


@pytest.mark.parametrize("typed", ["abc", "-5", "1,250", "9" * 30, "9" * 15, "\0", "1.234"])
def test_a_price_that_makes_no_sense_is_left_out_and_said_to_be(as_alice, shelf, typed):
    for field in ("price_from", "price_to"):
        page = as_alice.get("/home/", {field: typed})
        assert len(page.context["page"]) == 3

        filters = read(page, ".filters")
        assert filters.element.get("open") is not None
        assert filters.paragraphs != []
        assert not read(page).has(".filters-on")


def test_what_is_counted_without_stock_and_what_the_own_checkout_holds_is_in_stock(
    as_alice, as_bob, mug
):
    Product.objects.update(stock=1)
    as_alice.post(f"/checkout/{mug.pk}/", {"quantity": 1})

    assert names(as_alice, in_stock="on") == ["Speckled mug"]
    assert names(as_bob, in_stock="on") == []


def test_the_filters_stay_in_their_fields_and_are_sent_with_the_sorting(as_alice, shelf):
    asked = {"q": "mug", "category": "kitchen", "price_to": "20"}
    form = read(as_alice.get("/home/", asked | {"in_stock": "on"}), ".finder-form")

    assert form.field("Price up to") == "20"
    assert form.part("#id_in_stock").element.get("checked") is not None
    assert form.sent == asked | {"in_stock": "on", "price_from": "", "sort": ""}
    form = read(as_alice.get("/home/"), ".finder-form")
    assert form.part("#id_in_stock").element.get("checked") is None


def test_categories_and_pages_keep_the_filters(as_alice, mug):
    Product.objects.bulk_create(
        Product(name=f"Cup {n}", slug=f"cup-{n}", category=mug.category, price_cents=100)
        for n in range(30)
    )
    page = read(as_alice.get("/home/", {"price_to": "5", "in_stock": "on"}))

    kept = "price_to=5&in_stock=on"
    assert page.part(".categories").link("Kitchen") == f"/home/?{kept}&category=kitchen"
    assert page.part(".pages").link("Next") == f"?{kept}&page=2"


def test_each_filter_that_is_on_is_a_word_that_takes_it_off(as_alice, shelf):
    asked = {"q": "mug", "category": "kitchen", "price_to": "20", "in_stock": "on", "page": "1"}
    filters = read(as_alice.get("/home/", asked), ".filters-on")

    assert filters.links == [
        ("Remove: “mug”", "/home/?category=kitchen&price_to=20&in_stock=on"),
        ("Remove: Kitchen", "/home/?q=mug&price_to=20&in_stock=on"),
        ("Remove: up to $20.00", "/home/?q=mug&category=kitchen&in_stock=on"),
        ("Remove: in stock", "/home/?q=mug&category=kitchen&price_to=20"),
    ]
    assert filters.items == ["“mug” ×", "Kitchen ×", "up to $20.00 ×", "in stock ×"]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"price_from": "10"}, ["from $10.00 ×"]),
        ({"price_from": "10", "price_to": "20"}, ["$10.00 to $20.00 ×"]),
        ({"price_from": "20", "price_to": "10"}, ["$10.00 to $20.00 ×"]),
        ({"price_to": "10", "price_from": ""}, ["up to $10.00 ×"]),
    ],
)
def test_a_range_of_prices_is_one_filter(as_alice, shelf, query, said):
    filters = read(as_alice.get("/home/", query), ".filters-on")

    assert filters.items == said
    assert filters.targets == {"/home/"}


def test_a_search_alone_has_one_way_back(as_alice, shelf):
    page = read(as_alice.get("/home/", {"q": "mug"}))

    assert not page.has(".filters-on")
    assert page.link("Clear search") == "/home/"


def test_filters_alone_are_counted_and_lead_back_to_everything(as_alice, shelf):
    page = read(as_alice.get("/home/", {"in_stock": "on"}))

    assert page.headings[0] == "Products"
    assert page.notices == ["2 products"]
    assert page.part(".finder-count").links == [("Show everything", "/home/")]


def test_nothing_at_the_price_offers_the_same_at_any_price(as_alice, shelf):
    asked = {"q": "mug", "category": "kitchen", "price_to": "5", "in_stock": "on"}
    page = read(as_alice.get("/home/", asked), ".pictured")

    assert page.links == [
        ("show it all the same", "/home/?q=mug&category=kitchen"),
        ("See all products", "/home/"),
    ]


# "blue mug under 20"


@pytest.mark.parametrize(
    ("q", "offered", "query"),
    [
        ("mugs under 20", "Search for “mugs” up to $20.00", "q=mugs&price_to=20.00"),
        ("blue mug below $20", "Search for “blue mug” up to $20.00", "q=blue+mug&price_to=20.00"),
        ("mug UP  TO 20", "Search for “mug” up to $20.00", "q=mug&price_to=20.00"),
        ("mug up to 20 €", "Search for “mug” up to $20.00", "q=mug&price_to=20.00"),
        ("mug less than 19,50", "Search for “mug” up to $19.50", "q=mug&price_to=19.50"),
        ("under 20", "Show everything up to $20.00", "price_to=20.00"),
        ("under the table", None, None),
        ("mug under", None, None),
        ("thunder 20", None, None),
        ("under 0", None, None),
        ("mug", None, None),
    ],
)
def test_words_that_end_with_a_price_suggest_the_filter(as_alice, shelf, q, offered, query):
    page = read(as_alice.get("/home/", {"q": q}))

    assert page.has(".suggestion") == bool(offered)
    if offered:
        assert page.part(".suggestion").links == [(offered, f"/home/?{query}")]


def test_the_suggestion_keeps_the_category_and_leads_to_what_was_meant(as_alice, shelf):
    asked = {"q": "mugs under 20", "category": "kitchen", "price_to": "5"}
    page = read(as_alice.get("/home/", asked))
    (link,) = page.part(".suggestion").targets

    assert link == "/home/?category=kitchen&q=mugs&price_to=20.00"
    assert [product.name for product in as_alice.get(link).context["page"]] == ["Speckled mug"]


# Families


@pytest.fixture
def sizes(mug) -> list[Product]:
    apron = Family.objects.create(name="Apron", members_name="sizes")
    return [
        Product.objects.create(
            name="Apron",
            family=apron,
            variant_name=size,
            slug=f"apron-{size.lower()}",
            category=mug.category,
            price_cents=price,
            stock=stock,
        )
        for size, price, stock in (("Small", 4900, 0), ("Medium", 5200, 3), ("Large", 5500, 0))
    ]


@pytest.mark.parametrize(
    ("query", "card"),
    [
        ({}, "Apron from $52.00"),
        ({"price_to": "50"}, "Apron, Small $49.00, Sold out"),
        ({"price_from": "53"}, "Apron, Large $55.00, Sold out"),
        ({"price_from": "49", "in_stock": "on"}, "Apron from $52.00"),
    ],
)
def test_a_family_shows_the_best_member_within_the_filters(as_alice, sizes, query, card):
    article = read(as_alice.get("/home/", {"q": "aprons"} | query), "article")

    said = article.headings[0].partition(", Sold out")
    assert f"{said[0]} {article.part('.price').text}{said[1]}" == card


def test_a_family_without_a_member_within_the_filters_is_not_shown(as_alice, sizes):
    assert names(as_alice, q="apron", price_to="50", in_stock="on") == []


def test_filters_ask_the_database_one_question_more_and_that_of_prices_alone(as_alice, sizes, bowl):
    def questions(**query: str) -> int:
        with CaptureQueriesContext(connection) as asked:
            as_alice.get("/home/", query)
        return len(asked)

    questions(q="aprons")  # whatever is asked once only
    asked = questions(q="aprons")
    assert questions(q="aprons", in_stock="on") == asked
    # Whether a sale has begun or ended.
    filters = {"price_from": "10", "price_to": "60", "in_stock": "on", "sort": "price-low"}
    assert questions(q="aprons", **filters) == asked + 1
