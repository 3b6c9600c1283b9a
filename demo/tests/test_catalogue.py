from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat

from demo import drawing
from demo.catalogue import CATEGORIES, FAMILIES, PICTURES, PRODUCTS
from demo.draw import draw, draw_closer

WITH_PICTURE = [product for product in PRODUCTS if product.picture]
WITH_TWO = [product for product in PRODUCTS if product.closer]
ONE_OF_EACH = {product.category: product for product in WITH_PICTURE}.values()
EVERY_PICTURE = {product.picture for product in WITH_PICTURE}
EVERY_PICTURE |= {product.second_picture for product in WITH_TWO}
WITHOUT_PICTURE = [product for product in PRODUCTS if not product.picture]


def test_every_product_and_category_has_a_slug_of_its_own():
    for entries in (PRODUCTS, CATEGORIES):
        assert len({entry.slug for entry in entries}) == len(entries)


def test_no_two_have_the_same_name_unless_they_are_a_family():
    assert len({category.name for category in CATEGORIES}) == len(CATEGORIES)
    assert len({(product.name, product.variant) for product in PRODUCTS}) == len(PRODUCTS)
    alone = [product.name for product in PRODUCTS if not product.variant]
    assert len(set(alone)) == len(alone)
    assert not FAMILIES.keys() & set(alone)


def test_there_are_two_families_and_one_of_them_has_a_member_that_is_sold_out():
    members = [product for product in PRODUCTS if product.variant]

    assert {product.name for product in members} == FAMILIES.keys()
    assert len(FAMILIES) >= 2
    assert {0, None} <= {product.stock for product in members}


def test_at_least_ten_products_have_a_second_picture_that_says_what_it_shows():
    assert len(WITH_TWO) >= 10
    for product in WITH_TWO:
        assert product.closer.alt_text


def test_every_product_is_in_a_known_category_and_none_is_empty():
    assert {product.category for product in PRODUCTS} == {slug for _, slug in CATEGORIES}


def test_prices_are_believable_and_end_naturally():
    for product in PRODUCTS:
        assert 400 <= product.price_cents <= 20_000
        assert product.price_cents % 50 == 0


def test_a_description_is_a_sentence_or_two_or_nothing():
    for product in PRODUCTS:
        assert product.description == "" or 10 <= len(product.description) <= 300
        assert "  " not in product.description
        assert product.description[-1:] in ("", ".")


def test_the_shop_shows_every_state_of_a_product():
    stocks = {product.stock for product in PRODUCTS if product.is_active}
    assert {None, 0, 3} <= stocks
    assert all(stock is None or stock >= 0 for stock in stocks)
    assert any(product.description == "" for product in PRODUCTS if product.is_active)
    assert sum(not product.is_active for product in PRODUCTS) == 2
    assert len([product for product in WITHOUT_PICTURE if product.is_active]) == 1


@pytest.mark.parametrize("path", sorted(EVERY_PICTURE), ids=lambda path: path.stem)
def test_a_picture_is_a_small_webp_in_portrait(path):
    with Image.open(path) as picture:
        assert (picture.format, picture.size) == ("WEBP", (800, 1000))
    assert path.stat().st_size <= 26_000


@pytest.mark.parametrize("product", ONE_OF_EACH, ids=lambda product: product.slug)
def test_the_script_draws_the_picture_that_is_in_the_shop(product, monkeypatch):
    monkeypatch.setattr(drawing, "SUPERSAMPLING", 1)  # coarse, but quick
    assert looks_like(draw(product), product.picture)


def test_the_script_draws_the_second_picture_too(monkeypatch):
    monkeypatch.setattr(drawing, "SUPERSAMPLING", 1)
    product = WITH_TWO[0]
    assert looks_like(draw_closer(product, product.closer), product.second_picture)


def looks_like(drawing: drawing.Picture, path: Path) -> bool:
    drawn = drawing.image.convert("RGB").resize((40, 50), Image.Resampling.BOX)
    with Image.open(path) as picture:
        shown = picture.convert("RGB").resize((40, 50), Image.Resampling.BOX)
    return max(ImageStat.Stat(ImageChops.difference(drawn, shown)).mean) < 3


def test_no_picture_is_left_without_its_product():
    assert set(PICTURES.iterdir()) == EVERY_PICTURE
    assert sum(path.stat().st_size for path in PICTURES.iterdir()) < 700_000
