"""Addresses for names in any script."""

import pytest

from shop.models import Category, Page, Product
from tests.product_form import NO_MORE_PICTURES

ADD = "/admin/shop/product/add/"


@pytest.fixture
def bare(mug) -> dict[str, object]:
    """A product without an address."""
    typed = {"category": mug.category.pk, "price_cents": "12", "is_active": "on", "slug": ""}
    return typed | NO_MORE_PICTURES


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Tea towel", "tea-towel"),
        ("茶碗", "茶碗"),
        ("Чашка для чая", "чашка-для-чая"),
        ("فنجان شاي", "فنجان-شاي"),
        ("★", "product"),
        ("Speckled mug", "speckled-mug-2"),
    ],
)
def test_a_product_gets_its_address_from_its_name_and_is_found_there(as_staff, bare, name, slug):
    assert as_staff.post(ADD, bare | {"name": name}).status_code == 302

    product = Product.objects.get(name=name, price_cents=1200)
    assert product.slug == slug
    assert as_staff.get(product.get_absolute_url()).status_code == 200


def test_an_address_in_any_script_can_be_typed(as_staff, bare):
    as_staff.post(ADD, bare | {"name": "Bowl", "slug": "茶碗"})

    assert Product.objects.filter(slug="茶碗").exists()


def test_categories_and_pages_get_theirs_too(as_staff):
    as_staff.post("/admin/shop/category/add/", {"name": "Кухня"})
    as_staff.post("/admin/shop/page/add/", {"title": "약관", "text": "x", "position": 1})

    assert Category.objects.get().slug == "кухня"
    assert as_staff.get(Page.objects.get().get_absolute_url()).status_code == 200
    assert as_staff.get("/home/", {"category": "кухня"}).status_code == 200


def test_a_longest_name_still_leaves_room_for_a_number(as_staff, bare):
    for _ in range(2):
        as_staff.post(ADD, bare | {"name": "é" * 150})

    slugs = Product.objects.filter(price_cents=1200).values_list("slug", flat=True)
    assert sorted(slugs) == ["é" * 150, "é" * 150 + "-2"]
