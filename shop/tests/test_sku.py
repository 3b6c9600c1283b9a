"""A number of the shop's own for each product, and copies of products."""

import pytest
from django.db import IntegrityError, transaction

from shop.models import Product
from tests.pages import read
from tests.product_form import NO_MORE_PICTURES

LIST = "/admin/shop/product/"


@pytest.fixture
def numbered(mug) -> Product:
    mug.sku = "MUG-001"
    mug.save(update_fields=["sku"])
    return mug


def test_a_product_is_found_by_its_sku(as_staff, numbered, bowl):
    page = read(as_staff.get(LIST, {"q": "mug-001"}))

    assert page.column("SKU") == ["MUG-001"]


def test_a_sku_belongs_to_one_product(as_staff, numbered, bowl):
    url = f"{LIST}{bowl.pk}/change/"
    answer = as_staff.post(url, read(as_staff.get(url)).sent | {"sku": "MUG-001"})

    assert "Another product has this SKU already." in read(answer).part(".errorlist").text
    with pytest.raises(IntegrityError), transaction.atomic():
        Product.objects.filter(pk=bowl.pk).update(sku="MUG-001")


def test_products_without_a_sku_are_no_trouble_to_each_other(mug, bowl):
    assert Product.objects.filter(sku="").count() == 2


def test_a_copy_begins_with_what_the_product_says_and_is_hidden(as_staff, numbered):
    way = read(as_staff.get(f"{LIST}{numbered.pk}/change/")).link("Duplicate")
    form = read(as_staff.get(way)).sent
    assert (form["name"], form["price_cents"]) == ("Speckled mug", "19.00")
    as_staff.post(f"{LIST}add/", form | NO_MORE_PICTURES)

    copy = Product.objects.exclude(pk=numbered.pk).get()
    assert (copy.slug, copy.sku, copy.stock, copy.is_active) == ("speckled-mug-2", "", None, False)
    assert (copy.category, copy.description) == (numbered.category, "Holds tea.")


def test_who_may_not_add_products_is_offered_no_copy(mug, as_clerk):
    page = as_clerk("view_product", "change_product").get(f"{LIST}{mug.pk}/change/")

    assert "Duplicate" not in dict(read(page).links)
