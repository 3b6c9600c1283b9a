"""What the shopkeeper says on the first page, at the foot of each page, and on pages of its own."""

import io
from datetime import UTC, datetime

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from PIL import Image

from config.checks import sample_pages
from shop.models import SAMPLE, Category, Page, Product, Shop
from tests.pages import read

pytestmark = pytest.mark.django_db
FORM = {
    "name": "Kiln & Co",
    "headline": "Pots that pour",
    "introduction": "Stoneware from a small kiln.",
    "legal_name": "Kiln & Co Ltd",
    "address": "1 High Street\nBath",
    "email": "hello@example.com",
    "phone": "+44 (0)20 5550 100",
}


def test_a_drawn_wordmark_stands_for_the_name_in_header_and_footer(as_staff, as_alice, mug):
    data = io.BytesIO()
    Image.new("RGBA", (600, 120)).save(data, "PNG")
    upload = SimpleUploadedFile("mark.png", data.getvalue(), "image/png")
    saved = as_staff.post("/admin/shop/shop/1/change/", FORM | {"wordmark": upload})
    assert saved.status_code == 302, read(saved).paragraphs

    for place in ("header", "footer"):
        mark = read(as_alice.get("/home/"), place).part(".wordmark")
        (picture,) = mark.all("img")
        assert picture.attrib["alt"] == "Kiln & Co"
        assert picture.attrib["src"] == Shop.load().wordmark.url
        assert (picture.attrib["width"], picture.attrib["height"]) == ("600", "120")


def test_the_picture_of_the_first_page_comes_in_sizes_and_names_its_own(as_staff, as_alice, mug):
    data = io.BytesIO()
    Image.new("RGB", (1200, 900)).save(data, "PNG")
    upload = SimpleUploadedFile("front.png", data.getvalue(), "image/png")
    as_staff.post("/admin/shop/shop/1/change/", FORM | {"picture": upload})

    (picture,) = read(as_alice.get("/home/"), ".has-picture").all("img")
    stored = Shop.load().picture
    assert picture.attrib["src"] == stored.url
    assert picture.attrib["srcset"] == stored.srcset
    assert (picture.attrib["width"], picture.attrib["height"]) == ("1200", "900")


@pytest.fixture
def front(as_staff) -> Shop:
    response = as_staff.post("/admin/shop/shop/1/change/", FORM)
    assert response.status_code == 302, read(response).paragraphs
    return Shop.objects.get()


def test_there_is_one_row_and_the_admins_list_leads_to_it(as_staff):
    response = as_staff.get("/admin/shop/shop/")

    assert response.url == "/admin/shop/shop/1/change/"
    assert as_staff.get("/admin/shop/shop/add/").status_code == 403
    assert as_staff.post("/admin/shop/shop/1/delete/", {"post": "yes"}).status_code == 403


def test_who_may_not_look_at_the_shop_front_is_not_led_to_it(as_clerk):
    assert as_clerk().get("/admin/shop/shop/").status_code == 403


def test_the_first_page_says_what_the_shop_is(as_alice, mug, front):
    page = as_alice.get("/home/")

    assert read(page).headings[0] == "Pots that pour"
    assert read(page, ".front").paragraphs[0] == "Stoneware from a small kiln."
    assert read(page, "header").link("Kiln & Co") == "/"
    assert read(page, "head").title.endswith(" – Kiln & Co")


def test_search_engines_are_told_what_the_shop_sells(client, front):
    described = [
        meta.get("content")
        for meta in read(client.get("/"), "head").all("meta")
        if meta.get("name") == "description"
    ]
    assert described == ["Stoneware from a small kiln."]


def test_the_foot_of_each_page_says_who_sells_and_how_to_reach_them(client, front):
    footer = read(client.get("/"), "footer")

    assert footer.part("address").text == "Kiln & Co Ltd 1 High Street Bath"
    assert footer.link("hello@example.com") == "mailto:hello@example.com"
    assert footer.link("+44 (0)20 5550 100") == "tel:+440205550100"


@pytest.mark.parametrize(("known", "words"), [("legal_name", "Kiln"), ("address", "Bath")])
def test_no_line_of_the_foot_is_empty(client, db, known, words):
    Shop.load()
    Shop.objects.update(**{known: words})
    address = read(client.get("/"), "footer").part("address")

    assert (address.text, address.all("br")) == (words, [])


def test_a_shop_that_says_nothing_has_a_plain_first_page(as_alice, mug, settings):
    page = as_alice.get("/home/")

    assert read(page).headings[0] == "Products"
    assert read(page, ".front").paragraphs == ["Your latest orders"]
    assert read(page, "header").link(settings.SHOP_NAME) == "/"
    assert not read(page, "footer").has("address")
    assert not read(page).has(".covers")  # of one category
    assert read(page, ".front").all("img") == []


def test_the_name_is_one_line_whatever_was_pasted(as_staff, front):
    as_staff.post("/admin/shop/shop/1/change/", FORM | {"name": " Kiln \u2028& Co "})

    assert Shop.objects.get().name == "Kiln & Co"


MONDAY, TUESDAY = datetime(2026, 5, 4, tzinfo=UTC), datetime(2026, 5, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "begins", "ends", "is_shown"),
    [
        (MONDAY, None, None, True),
        (MONDAY, MONDAY, TUESDAY, True),
        (MONDAY, TUESDAY, None, False),
        (TUESDAY, None, TUESDAY, False),
        (TUESDAY, MONDAY, TUESDAY, False),
    ],
)
def test_a_notice_is_on_each_page_from_when_to_when_it_says(client, now, begins, ends, is_shown):
    Shop.load()
    Shop.objects.update(notice="Closed until Tuesday", notice_from=begins, notice_until=ends)
    with time_machine.travel(now, tick=False):
        body = read(client.get("/"), "body")

    assert [notice.text for notice in body.find(".shop-notice")] == (
        ["Closed until Tuesday"] if is_shown else []
    )


def test_a_notice_that_ends_before_it_begins_is_refused_in_words(as_staff, front):
    late = {"notice_from_0": "2026-05-05", "notice_from_1": "10:00"}
    early = {"notice_until_0": "2026-05-04", "notice_until_1": "10:00"}
    page = read(as_staff.post("/admin/shop/shop/1/change/", FORM | late | early))

    assert "A notice has to end after it begins." in page.part(".errorlist").text
    with pytest.raises(IntegrityError), transaction.atomic():
        Shop.objects.update(notice_from=TUESDAY, notice_until=MONDAY)


def test_categories_are_shown_with_what_sells_best_in_them(as_alice, mug, bowl):
    Category.objects.create(name="Empty", slug="empty")
    garden = Category.objects.create(name="Garden", slug="garden")
    Product.objects.create(name="Spade", slug="spade", category=garden, price_cents=100)
    Product.objects.filter(pk=bowl.pk).update(sold_count=9, image="products/bowl.webp")
    Product.objects.filter(pk=mug.pk).update(sold_count=1, image="products/mug.webp")
    assert not read(as_alice.get("/home/")).has(".categories")  # which the covers stand for
    covers = read(as_alice.get("/home/"), ".covers")

    assert [name for name, _ in covers.links] == ["Garden", mug.category.name]
    assert covers.link("Garden") == "/home/?category=garden"
    assert covers.all("img")[1].get("src") == "/media/products/bowl.webp"


def test_new_things_are_shown_above_a_catalogue_of_several_pages(as_alice, mug):
    Product.objects.bulk_create(
        Product(name=f"Cup {n}", slug=f"cup-{n}", category=mug.category, price_cents=100)
        for n in range(24)
    )
    shown = read(as_alice.get("/home/"), ".front-new")

    assert shown.headings == ["New in the shop", *(f"Cup {n}" for n in (23, 22, 21, 20))]
    for elsewhere in ({"page": 2}, {"sort": "name"}, {"q": "mug"}):
        assert not read(as_alice.get("/home/", elsewhere)).has(".front")


def test_a_small_catalogue_does_not_show_its_products_twice(as_alice, mug, bowl):
    assert not read(as_alice.get("/home/")).has(".front-new")


def test_every_page_of_a_shopper_has_the_search(as_alice, client, mug):
    for url in ("/home/", "/cart/", f"/products/{mug.slug}/"):
        assert read(as_alice.get(url), ".site-search").sent == {"q": ""}
    assert read(as_alice.get("/home/", {"q": "mug"}), ".site-search").sent == {"q": "mug"}
    assert not read(client.get("/"), "header").has(".site-search")


# Pages


@pytest.fixture
def returns() -> Page:
    text = "Within **30 days**.\n\n## How\n\n<script>alert(1)</script>\n\n[x](javascript:alert(1))"
    return Page.objects.create(title="Returns", slug="returns", text=text, position=2)


def test_a_page_is_open_to_everybody(client, returns):
    page = read(client.get("/pages/returns/"))

    assert page.headings == ["Returns", "How"]
    assert page.paragraphs[0] == "Within 30 days."


def test_a_page_holds_words_and_no_programs(client, returns):
    page = read(client.get("/pages/returns/"))

    assert "<script>alert(1)</script>" in page.text
    assert page.links == []
    assert page.all("script") == []


def test_pages_are_linked_at_the_foot_in_the_order_that_staff_choose(client, returns):
    Page.objects.create(title="About us", slug="about", text="Hello.", position=1)

    assert read(client.get("/"), "footer").part("nav").links == [
        ("About us", "/pages/about/"),
        ("Returns", "/pages/returns/"),
    ]


def test_a_products_page_leads_to_what_is_said_of_delivery_and_returns(as_alice, mug, returns):
    Page.objects.create(title="About us", slug="about", text="Hello.")
    page = read(as_alice.get(mug.get_absolute_url()))

    assert page.link("Returns") == "/pages/returns/"
    assert "About us" not in dict(page.links)


def test_a_page_that_is_not_there_is_a_404(client):
    assert client.get("/pages/nothing/").status_code == 404


def test_staff_write_a_page(as_staff, client):
    form = {"title": "Privacy", "slug": "privacy", "text": "We keep little.", "position": 0}

    assert as_staff.post("/admin/shop/page/add/", form).status_code == 302
    assert read(client.get("/pages/privacy/")).paragraphs == ["We keep little."]


@pytest.mark.parametrize(
    ("debug", "host", "warned"),
    [
        (False, "shop.example.com", ["config.W005"]),
        (True, "shop.example.com", []),
        (False, "localhost", []),
    ],
)
def test_a_public_shop_is_warned_of_the_demos_sample_texts(settings, returns, debug, host, warned):
    settings.DEBUG, settings.SITE_HOST = debug, host
    assert sample_pages(None) == []

    Page.objects.update(text=f"*{SAMPLE}* Within 30 days.")
    assert [message.id for message in sample_pages(None)] == warned
