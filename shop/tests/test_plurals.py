"""A search for several finds the one, and back, in English and in the language of the shop."""

import importlib

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection

from shop.models import Family, Product
from tests.pages import read

LIST = "/admin/shop/product/"


def found(q: str) -> bool:
    return Product.objects.search(q).exists()


def say(product: Product, description: str) -> None:
    product.description = description
    product.save()


@pytest.mark.parametrize(
    ("description", "q"),
    [
        ("A mug.", "mugs"),
        ("Two mugs.", "mug"),
        ("A dish, for a berry", "dishes berries"),
        ("Glasses (in boxes)", "glass box"),
        ("A bread knife", "knives"),
        ("Shelves", "shelf"),
        ("A chair for children", "child's chair"),
        ("The cook’s apron", "cooks aprons"),
        ("Tea towel", "tea-towels"),
        ("Tea-towels", "tea towel,"),
        ("Two Théières", "theiere"),
        ("CRÈME JARS", "crème jar"),
        ("Speckled with blue", "SPECKLED"),
    ],
)
def test_a_plural_finds_the_singular_and_back(mug, description, q):
    Product.objects.update(name="Thing")
    mug.name = "Thing"
    say(mug, description)

    assert found(q)


@pytest.mark.parametrize(
    ("description", "q"),
    [
        ("Fine material", "mats"),
        ("A large company", "pans"),
        ("A mug", "mugs bowls"),
        ("Speckled", "%s"),
        ("Speckled", "_"),
    ],
)
def test_a_plural_finds_no_more_than_the_word_itself(mug, description, q):
    say(mug, description)

    assert not found(q)


def test_a_part_of_a_word_is_found_as_before(mug):
    say(mug, "Teapots of stoneware")

    for part in ("teap", "pots", "stone", "oneware"):
        assert found(part)


@pytest.mark.parametrize(
    ("code", "description", "q"),
    [
        ("de", "Drei Töpfe", "topf"),
        ("de-at", "Ein Topf", "töpfe"),
        ("de", "Ein Topf", "topfe"),
        ("nb", "En kopp", "kopper"),
        ("ru", "Белый чайник", "белая чайники"),
        ("de", "Two mugs", "mug"),
        ("zh-hans", "Two mugs", "mug"),
        ("zh-hans", "一个杯子", "杯"),
        ("hi", "किताबें", "किताबें"),
    ],
)
def test_the_shops_language_is_known_besides_english(mug, settings, code, description, q):
    settings.LANGUAGE_CODE = code
    say(mug, description)

    assert found(q)


def test_another_language_is_searched_once_the_products_are_refreshed(mug, settings, capsys):
    say(mug, "Bücher")
    settings.LANGUAGE_CODE = "de"
    assert not found("buches")

    call_command("refresh_search")
    assert capsys.readouterr().out == "Refreshed: 1.\n"
    assert found("buches")


def test_the_admin_finds_what_shoppers_find(as_staff, mug, bowl):
    say(mug, "Crème")

    for q in ("mugs creme", '"speckled mug"', "MUGS kitchens"):
        assert read(as_staff.get(LIST, {"q": q})).column("Name") == ["Speckled mug"]
    assert len(read(as_staff.get(LIST, {"q": ""})).column("Name")) == 2


def test_a_renamed_category_and_family_are_found_in_the_plural_too(mug, bowl):
    family = Family.objects.create(name="Beaker", members_name="sizes")
    Product.objects.filter(pk=bowl.pk).update(family=family, variant_name="Small")
    family.name = "Goblet"
    family.save()
    assert found("goblets")

    mug.category.name = "Scullery"
    mug.category.save()
    assert found("sculleries")
    assert not found("kitchens")


def test_migrating_writes_the_same_as_saving(mug, bowl, monkeypatch):
    migration = importlib.import_module("shop.migrations.0014_search_by_stems")
    monkeypatch.setattr(migration, "BATCH", 1)
    saved = dict(Product.objects.values_list("pk", "search_text"))
    Product.objects.update(search_text="as it was before")

    migration.add_stems(apps, connection.schema_editor())
    assert dict(Product.objects.values_list("pk", "search_text")) == saved
