import pytest
from PIL import Image, ImageChops, ImageStat

from demo import drawing
from demo.catalogue import CATEGORIES, PICTURES, PRODUCTS
from demo.draw import draw

WITH_PICTURE = [product for product in PRODUCTS if product.picture]
ONE_OF_EACH = {product.category: product for product in WITH_PICTURE}.values()
WITHOUT_PICTURE = [product for product in PRODUCTS if not product.picture]


def test_every_product_and_category_has_a_slug_of_its_own():
    for entries in (PRODUCTS, CATEGORIES):
        assert len({entry.slug for entry in entries}) == len(entries)
        assert len({entry.name for entry in entries}) == len(entries)


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


@pytest.mark.parametrize("product", WITH_PICTURE, ids=lambda product: product.slug)
def test_a_picture_is_a_small_webp_in_portrait(product):
    with Image.open(product.picture) as picture:
        assert (picture.format, picture.size) == ("WEBP", (800, 1000))
    assert product.picture.stat().st_size <= 26_000


@pytest.mark.parametrize("product", ONE_OF_EACH, ids=lambda product: product.slug)
def test_the_script_draws_the_picture_that_is_in_the_shop(product, monkeypatch):
    monkeypatch.setattr(drawing, "SUPERSAMPLING", 1)  # coarse, but quick
    drawn = draw(product).image.convert("RGB").resize((40, 50), Image.Resampling.BOX)
    with Image.open(product.picture) as picture:
        shown = picture.convert("RGB").resize((40, 50), Image.Resampling.BOX)
    assert max(ImageStat.Stat(ImageChops.difference(drawn, shown)).mean) < 3


def test_no_picture_is_left_without_its_product():
    assert set(PICTURES.iterdir()) == {product.picture for product in WITH_PICTURE}
    assert sum(path.stat().st_size for path in PICTURES.iterdir()) < 700_000
