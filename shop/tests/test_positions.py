"""Staff put the products of a category in order."""

import pytest

from shop.importing import import_products
from shop.models import Product
from tests.pages import read

LIST = "/admin/shop/product/"


def names(client, query: str) -> list[str]:
    return [product.name for product in client.get(f"/home/?{query}").context["page"]]


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("category=kitchen", "Speckled mug"),
        ("category=kitchen&sort=newest", "Walnut bowl"),
        ("sort=newest", "Walnut bowl"),
    ],
)
def test_a_category_is_shown_in_the_order_of_the_staff(as_alice, mug, bowl, query, first):
    Product.objects.filter(pk=mug.pk).update(position=1)

    assert names(as_alice, query)[0] == first


def test_products_that_nobody_has_put_in_order_are_shown_newest_first(as_alice, mug, bowl):
    assert names(as_alice, "category=kitchen") == ["Walnut bowl", "Speckled mug"]


def test_only_in_a_category_one_can_go_back_to_the_order_of_the_staff(as_alice, mug):
    words = [read(as_alice.get(f"/home/?{query}")).text for query in ("category=kitchen", "")]

    assert ["Our order" in text for text in words] == [True, False]


def test_staff_put_products_in_order_in_their_list(as_staff, mug, bowl):
    url = f"{LIST}?category__id__exact={mug.category_id}"
    sent = read(as_staff.get(url)).sent
    row = next(name for name, value in sent.items() if value == str(mug.pk) and "-id" in name)
    place = row.replace("-id", "-position")
    as_staff.post(url, sent | {place: "7", "_save": "Save"})

    assert Product.objects.get(pk=mug.pk).position == 7
    assert Product.objects.get(pk=bowl.pk).position == 100


def test_an_emptied_position_is_the_common_one(as_staff, mug):
    Product.objects.update(position=7)
    url = f"{LIST}{mug.pk}/change/"
    as_staff.post(url, read(as_staff.get(url)).sent | {"position": ""})

    assert Product.objects.get().position == 100


def test_a_file_puts_products_in_order(mug):
    report = import_products(b"slug,position\nspeckled-mug,3\n")

    assert report.rows[0].words == ("position from 100 to 3",)
    assert Product.objects.get().position == 3


def test_a_position_in_a_file_is_a_whole_number(mug):
    report = import_products(b"slug,position\nspeckled-mug,first\n")

    assert report.refused[0].words == ("position: write a whole number up to 9999.",)
