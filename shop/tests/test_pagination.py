import re
import sys

import pytest
from django.core.paginator import Page
from django.db import connection
from django.template import Context, Template
from django.test.utils import CaptureQueriesContext

from accounts import large_lists
from shop import remembered
from shop.lists import ProductList, Wanted
from shop.models import Family, Product
from shop.pagination import LongListPaginator, page_of
from tests.pages import read

pytestmark = pytest.mark.django_db  # each page says whose shop it is


class Rows:
    """So many that nobody wants to make them."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __len__(self) -> int:
        return self.number

    def __getitem__(self, cut: slice) -> range:
        return range(self.number)[cut]


def pages_shown(rows: int, number: int, rf) -> str:
    page = page_of(Rows(rows), str(number), per_page=24)
    return shown_below(page, rf)


def shown_below(page: Page, rf) -> str:
    context = Context({"page": page, "request": rf.get("/home/")})
    return Template('{% load cards %}{% pagination page "product" %}').render(context)


def words(html: str) -> str:
    return " ".join(re.findall(r"<li[^>]*>(?:<a[^>]*>)?([^<]+)<", html))


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (1, "1 2 … 4167 Next"),
        (2, "Previous 1 2 3 … 4167 Next"),
        (2000, "Previous 1 … 1999 2000 2001 … 4167 Next"),
        (4167, "Previous 1 … 4166 4167"),
    ],
)
def test_a_hundred_thousand_products_have_a_few_links_to_their_pages(rf, number, shown):
    assert words(pages_shown(100_000, number, rf)) == shown


@pytest.mark.parametrize(
    ("most", "counted", "pages"), [(5, "5 products", 3), (4, "more than 4 products", 2)]
)
def test_a_long_list_is_not_counted_to_its_end(rf, most, counted, pages, mug, monkeypatch):
    monkeypatch.setattr(large_lists, "MOST_LISTED", most)
    Product.objects.bulk_create(
        Product(name=f"Mug {n}", slug=f"mug-{n}", category=mug.category, price_cents=100)
        for n in range(4)
    )
    page = page_of(ProductList(Wanted(), held=()), "9", 2, LongListPaginator)

    assert read(f"<main>{shown_below(page, rf)}</main>").paragraphs == [
        f"Page 1 of {pages} · {counted}"
    ]


def test_a_search_that_finds_more_than_is_counted_says_so(as_alice, mug, bowl, monkeypatch):
    Product.objects.update(search_text="pot")
    assert read(as_alice.get("/home/?q=pot")).part(".finder-count").paragraphs == [
        "2 results for “pot”"
    ]

    monkeypatch.setattr(large_lists, "MOST_LISTED", 1)
    monkeypatch.setattr("shop.lists.PRODUCTS_A_PAGE", 1)
    monkeypatch.setattr("shop.views.PRODUCTS_A_PAGE", 1)
    assert read(as_alice.get("/home/?q=pot")).part(".finder-count").paragraphs == [
        "More than 1 result for “pot”"
    ]


def test_each_link_to_a_page_keeps_what_was_asked_for(as_alice, mug, bowl, monkeypatch):
    Product.objects.create(name="Jug", slug="jug", category=mug.category, price_cents=100)
    Product.objects.update(search_text="pot")
    for place in ("lists", "views"):
        monkeypatch.setattr(f"shop.{place}.PRODUCTS_A_PAGE", 1)
    pages = read(as_alice.get("/home/?q=pot&page=2"), ".pages")

    numbers = ("1", "1", "2", "3", "3")  # the outer ones are those before and after
    assert [link.get("href") for link in pages.all("a")] == [f"?q=pot&page={n}" for n in numbers]


@pytest.mark.parametrize("limits", [{}, {"in_stock": True}, {"highest_cents": 10_000}])
def test_in_a_category_a_family_is_counted_once_as_it_is_shown(mug, bowl, limits):
    family = Family.objects.create(name="Things", members_name="sizes")
    for product, size in ((mug, "small"), (bowl, "large")):
        Product.objects.filter(pk=product.pk).update(family=family, variant_name=size)
    Product.objects.create(name="Jug", slug="jug", category=mug.category, price_cents=100)

    shelf = ProductList(Wanted(category=mug.category_id, **limits), held=())
    assert shelf.count() == len(shelf.first(24)) == 2


def steps_of_counting(wanted: Wanted) -> list[str]:
    """What SQLite does with the products to count them."""
    with CaptureQueriesContext(connection) as queries:
        ProductList(wanted, held=()).count()
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {queries[0]['sql']}")
        return [step for *_, step in cursor.fetchall() if "shop_product" in step]


only_sqlite = pytest.mark.skipif(
    connection.vendor != "sqlite", reason="tests/plans.py asks PostgreSQL"
)


@only_sqlite
@pytest.mark.parametrize("in_stock", [False, True])
@pytest.mark.parametrize(
    ("category", "index"), [(None, "active_members"), (1, "active_members_of_a_category")]
)
def test_a_catalogue_is_counted_in_an_index_alone(category, index, in_stock):
    steps = steps_of_counting(Wanted(category=category, in_stock=in_stock))
    assert len(steps) == 2  # those of no family, and the families
    assert all(f"USING COVERING INDEX {index} (" in step for step in steps)


@only_sqlite
@pytest.mark.parametrize(
    ("category", "index"), [(None, "active_members"), (1, "active_members_of_a_category")]
)
def test_whoever_asks_for_a_price_has_it_counted_in_the_index_too(category, index):
    # Of 100,000 products whose rows were read for it, a few in the limits took 200 ms.
    steps = steps_of_counting(Wanted(category=category, highest_cents=500))
    assert all(f"INDEX {index} (" in step for step in steps)
    # SQLite 3.40 reads it there, and does not say so of a column that the database computes.
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA index_info({index})")
        assert "sort_price_cents" in [name for *_, name in cursor.fetchall()]


def test_no_dots_stand_for_a_single_page(rf):
    assert words(pages_shown(240, 4, rf)) == "Previous 1 2 3 4 5 … 10 Next"


def test_a_thousand_times_the_products_take_no_more_steps(rf):
    pages_shown(240, 5, rf)  # the template is read and compiled by the first one
    few = calls_of(lambda: pages_shown(240, 5, rf))
    many = calls_of(lambda: pages_shown(240_000, 5000, rf))

    assert many < 1.1 * few


def calls_of(act) -> int:
    calls = 0
    remembered.rendered.cache_clear()

    def count(frame, event, argument) -> None:
        nonlocal calls
        calls += event == "call"

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        act()
    finally:
        sys.setprofile(before)
    return calls
