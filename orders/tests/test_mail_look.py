"""All mails of the shop look alike: its name, its pictures, the same words in HTML and in text."""

import re
from collections.abc import Callable
from uuid import uuid4

import pytest
from django.core import mail

from orders import mails
from orders.refunds import refund
from shop.models import Checkout, Product, Shop
from shop.tests.test_pictures import give_picture
from tests.pages import Part, read, words
from tests.people import PASSWORD

NEW = {"email": "new@example.com", "password": PASSWORD}


@pytest.fixture
def https(settings) -> str:
    settings.SITE_URL = "https://shop.example.com"
    settings.SITE_IS_HTTPS = True
    return settings.SITE_URL


@pytest.fixture
def with_picture(mug) -> Product:
    give_picture(mug, 640, 800)
    return mug


@pytest.fixture
def write(with_picture, as_alice, order) -> dict[str, Callable[[], object]]:
    def parcel() -> None:
        order.ship("AB 123", "https://carrier.example/track/123")
        mails.on_its_way(order.pk)

    def money_back() -> None:
        mails.refunded(refund(order, 1900, "requested_by_customer", uuid4()).pk)

    def failure() -> None:
        Checkout.objects.update(payment_failed_at=order.paid_at)
        mails.payment_failed(Checkout.objects.get().pk)

    return {
        "receipt": lambda: mails.send_receipt(order.pk),
        "parcel": parcel,
        "refund": money_back,
        "failed payment": failure,
        "password": lambda: as_alice.post(
            "/accounts/password_reset/", {"email": "alice@example.com"}
        ),
        "address": lambda: as_alice.post("/accounts/email_change/", NEW),
    }


KINDS = ["receipt", "parcel", "refund", "failed payment", "password", "address"]
WITH_PRODUCTS = KINDS[:4]


def html_of(message: mail.EmailMultiAlternatives) -> str:
    (alternative,) = message.alternatives
    assert alternative[1] == "text/html"
    return str(alternative[0])


@pytest.mark.parametrize("kind", KINDS)
def test_each_begins_and_ends_with_the_name_that_staff_gave_the_shop(write, kind, https):
    Shop.load()
    Shop.objects.update(name="Corner & Co")
    write[kind]()

    for message in mail.outbox:
        wordmark = read(html_of(message), "body").part(".wordmark")
        assert (wordmark.text, wordmark.element.get("href")) == ("Corner & Co", https)
        assert message.body.rstrip().endswith(f"\n\nCorner & Co\n{https}")
        (*_, foot) = read(html_of(message), "body").find(".rule")
        assert (words(foot), Part(foot).links) == (f"Corner & Co {https}", [(https, https)])
        assert "Fieldhouse" not in message.subject + message.body + html_of(message)


@pytest.mark.parametrize("kind", ["receipt", "failed payment", "password", "address"])
def test_subjects_say_the_name_that_staff_gave_the_shop(write, kind):
    Shop.load()
    Shop.objects.update(name="Corner & Co")
    write[kind]()

    assert all("Corner & Co" in message.subject for message in mail.outbox)


@pytest.mark.parametrize("kind", WITH_PRODUCTS)
def test_products_are_shown_from_the_shops_own_address(write, kind, https, with_picture):
    write[kind]()
    (picture,) = read(html_of(mail.outbox[-1]), ".lines").all("img")

    assert picture.get("src") == f"{https}{with_picture.image.thumbnail_url}"
    assert (picture.get("width"), picture.get("height")) == ("56", "70")
    assert picture.get("alt") == ""


@pytest.mark.parametrize("kind", WITH_PRODUCTS)
def test_on_a_machine_that_nobody_reaches_there_are_no_pictures(write, kind):
    write[kind]()

    assert read(html_of(mail.outbox[-1]), "body").all("img") == []


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_loaded_from_elsewhere(write, kind, https):
    write[kind]()

    for message in mail.outbox:
        html = html_of(message)
        assert not re.findall(r"<(?:link|script|iframe)|url\(|@import", html)
        assert all(src.startswith(https) for src in re.findall(r'src="([^"]*)"', html))


@pytest.mark.parametrize("kind", KINDS)
def test_text_and_html_lead_to_the_same_places(write, kind, https):
    write[kind]()

    for message in mail.outbox:
        in_text = set(re.findall(r"https?://\S+", str(message.body)))
        assert read(html_of(message), "body").targets == in_text


@pytest.mark.parametrize("kind", KINDS)
def test_each_knows_the_dark(write, kind):
    write[kind]()

    for message in mail.outbox:
        assert '<meta name="color-scheme" content="light dark">' in html_of(message)
        assert "prefers-color-scheme: dark" in html_of(message)


def test_a_refund_says_what_went_back_and_what_is_left(order, settings):
    mails.refunded(refund(order, 1900, "requested_by_customer", uuid4()).pk)
    (message,) = mail.outbox
    page = f"{settings.SITE_URL}{order.get_absolute_url()}"

    assert message.to == ["alice@example.com"]
    assert message.subject == f"Your refund for order {order.number}"
    assert message.body.strip().split("\n\n")[:4] == [
        f"We have refunded $19.00 for your order {order.number}.",
        "It goes back to where you paid from; a bank may take up to ten working days to show it.",
        "2 × Speckled mug: $38.00\nTotal: $38.00\nRefunded: -$19.00\nTotal after refunds: $19.00",
        f"Your order: {page}",
    ]
    html = read(html_of(message), "body")
    assert html.headings == ["We have refunded $19.00."]
    assert html.link("See your order") == page
