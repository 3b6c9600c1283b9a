"""The category of the chosen products, changed by one button."""

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext

from shop.models import Category, Product
from tests.pages import read, told

LIST = "/admin/shop/product/"


@pytest.fixture
def garden(db) -> Category:
    return Category.objects.create(name="Garden", slug="garden")


def chosen(client, *products: Product) -> str:
    """Where the list's action leads."""
    keys = [str(product.pk) for product in products]
    data = {"action": "change_category", "_selected_action": keys}
    return client.post(f"{LIST}?q=kitchen", data).headers["Location"]


def test_staff_move_products_together_and_the_search_finds_them_there(as_staff, mug, bowl, garden):
    url = chosen(as_staff, mug, bowl)
    page = read(as_staff.get(url))
    assert page.column("Category now") == ["Kitchen", "Kitchen"]
    assert sorted(page.column("Product")) == ["Speckled mug", "Walnut bowl"]
    assert read(as_staff.get(url), ".breadcrumbs").link("Products") == f"{LIST}?q=kitchen"
    assert page.button("Move 2 products") == ""

    done = as_staff.post(url, page.sent | {"category": garden.pk}, follow=True)
    assert done.redirect_chain[-1][0] == f"{LIST}?q=kitchen"
    assert told(done) == ["2 products moved to Garden."]
    assert list(Product.objects.search("garden")) == [bowl, mug]
    assert not Product.objects.search("kitchen")
    history = LogEntry.objects.get(object_id=str(mug.pk))
    assert history.get_change_message() == "Category from Kitchen to Garden."


def test_where_no_product_is_chosen_the_page_leads_back(as_staff, mug):
    page = read(as_staff.get(chosen(as_staff, mug).replace(f"={mug.pk}", "=")))

    assert page.paragraphs[0].startswith("No product is chosen.")
    assert page.link("Back to the list").startswith(LIST)
    assert not page.has("table")


def test_a_product_that_a_colleague_moved_since_is_left_out_and_named(as_staff, mug, bowl, garden):
    url = chosen(as_staff, mug, bowl)
    sent = read(as_staff.get(url)).sent | {"category": garden.pk}
    table = Category.objects.create(name="Table", slug="table")
    Product.objects.filter(pk=mug.pk).update(category=table)

    assert told(as_staff.post(url, sent, follow=True)) == [
        "1 product moved to Garden.",
        "Left out, as they were changed since you looked: Speckled mug (now in Table).",
    ]
    assert Product.objects.get(pk=mug.pk).category == table


def test_a_double_click_moves_and_tells_once(as_staff, mug, garden):
    url = chosen(as_staff, mug)
    sent = read(as_staff.get(url)).sent | {"category": garden.pk}
    for _ in range(2):
        as_staff.post(url, sent)

    assert LogEntry.objects.count() == 1


def test_many_are_moved_by_as_many_questions_as_one(as_staff, mug, garden):
    def questions(*products: Product) -> int:
        url = chosen(as_staff, *products)
        sent = read(as_staff.get(url)).sent | {"category": garden.pk}
        with CaptureQueriesContext(connection) as asked:
            as_staff.post(url, sent)
        return len(asked)

    cups = Product.objects.bulk_create(
        Product(name=f"Cup {n}", slug=f"cup-{n}", category=mug.category, price_cents=100)
        for n in range(30)
    )
    Product.objects.all().gather_search_text()
    questions(mug)  # and whatever is asked once only
    assert questions(cups[0]) == questions(*cups[1:])
    assert garden.products.count() == 31


def test_what_the_page_did_not_show_is_not_moved(as_staff, mug, garden):
    made_up = {"shown": f'{{"{mug.pk}": {mug.category_id}}}', "category": garden.pk}
    as_staff.post(f"{LIST}category/?products={mug.pk}", made_up)

    assert Product.objects.get().category == mug.category


def test_who_may_not_change_products_moves_none(mug, as_clerk):
    assert as_clerk("view_product").post(f"{LIST}category/").status_code == 403
