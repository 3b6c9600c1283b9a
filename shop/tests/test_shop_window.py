"""What visitors see of the shop before they log in."""

import pytest

from shop.models import Product
from shop.tests.test_pictures import give_picture
from tests.pages import read

pytestmark = pytest.mark.django_db
DOORS = pytest.mark.parametrize("door", ["/accounts/login/", "/accounts/register/"])


def preview(page) -> dict[str, str]:
    """What messengers read in the head of the page."""
    metas = read(page, "head").all("meta")
    return {meta.get("property"): meta.get("content") for meta in metas if meta.get("property")}


@DOORS
def test_the_product_whose_link_a_friend_sent_is_shown(client, mug, door):
    Product.objects.filter(pk=mug.pk).update(description="Holds tea.")
    window = read(client.get(door, {"next": mug.get_absolute_url()}), ".window")

    assert window.headings == ["Speckled mug"]
    assert window.paragraphs == ["$19.00", "Holds tea."]


@DOORS
def test_its_link_shows_picture_and_name_in_a_messenger(client, mug, door, settings):
    settings.SITE_URL = "https://shop.example.com"
    give_picture(mug, 800, 1000)
    Product.objects.filter(pk=mug.pk).update(description="Holds tea.")
    mug.refresh_from_db()

    assert preview(client.get(door, {"next": mug.get_absolute_url()})) == {
        "og:type": "product",
        "og:title": "Speckled mug",
        "og:url": "https://shop.example.com/products/speckled-mug/",
        "og:description": "Holds tea.",
        "og:image": f"https://shop.example.com{mug.image.url}",
        "og:image:width": "800",
        "og:image:height": "1000",
    }


@DOORS
def test_else_some_of_the_shops_products_are_shown(client, mug, bowl, door):
    give_picture(mug, 800, 1000)
    page = client.get(door)

    assert read(page, ".window").items == ["Speckled mug $19.00"]
    assert preview(page) == {}


@pytest.mark.parametrize("wanted", ["/products/no-such/", "/home/", "/products/%00/", "/a/[", ""])
def test_an_address_of_no_product_shows_none(client, mug, wanted):
    page = client.get("/accounts/login/", {"next": wanted})

    assert page.status_code == 200
    assert not read(page).has(".window")


def test_a_product_that_left_the_shop_is_not_shown(client, mug):
    Product.objects.update(is_active=False)

    assert not read(client.get("/accounts/login/", {"next": mug.get_absolute_url()})).has(".window")


def test_of_a_product_without_words_and_picture_a_messenger_reads_only_its_name(client, mug):
    Product.objects.filter(pk=mug.pk).update(description="")
    page = client.get("/accounts/login/", {"next": mug.get_absolute_url()})

    assert set(preview(page)) == {"og:type", "og:title", "og:url"}
    assert read(page, ".window").paragraphs == ["$19.00"]
