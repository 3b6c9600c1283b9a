import sqlite3
from typing import get_args, get_type_hints

import pytest
from django.core.checks import run_checks
from django.db import connection
from django.test import override_settings
from stripe.params.checkout import SessionCreateParamsShippingAddressCollection

from shop.countries import SHIPPING_COUNTRIES

# One of the checks looks at what the shop's pages say.
pytestmark = pytest.mark.django_db

LIVE = {
    "DEBUG": False,
    "STRIPE_SIMULATED": False,
    "STRIPE_SECRET_KEY": "sk_live_abc",
    "STRIPE_WEBHOOK_SECRET": "whsec_abc",
    "SITE_URL": "https://shop.example.com",
    "SITE_HOST": "shop.example.com",
    "SITE_IS_HTTPS": True,
    "EMAIL_HOST": "mail.example.com",
}
DEVELOPMENT = {
    "DEBUG": True,
    "STRIPE_SIMULATED": True,
    "STRIPE_SECRET_KEY": "",
    "SITE_URL": "http://127.0.0.1:8000",
    "SITE_HOST": "127.0.0.1",
    "SITE_IS_HTTPS": False,
}


def ids(**settings: object) -> list[str]:
    with override_settings(**settings):
        messages = run_checks()
    assert all(message.hint for message in messages if message.id.startswith("config."))
    return [message.id for message in messages if message.id.startswith("config.")]


def test_a_live_shop_that_is_well_configured_passes():
    assert ids(**LIVE) == []


def test_a_fresh_clone_passes():
    assert ids(**DEVELOPMENT) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"STRIPE_SECRET_KEY": ""}, "config.E001"),
        ({"STRIPE_SECRET_KEY": "pk_live_abc"}, "config.E002"),
        ({"STRIPE_SECRET_KEY": " sk_live_abc"}, "config.E002"),
        ({"STRIPE_SECRET_KEY": "sk_live_"}, "config.E002"),
        ({"STRIPE_SECRET_KEY": "sk_test_abc"}, "config.W001"),
        ({"STRIPE_WEBHOOK_SECRET": ""}, "config.W002"),
        ({"STRIPE_WEBHOOK_SECRET": "secret"}, "config.E004"),
        ({"STRIPE_WEBHOOK_SECRET": "whsec_abc\n"}, "config.E004"),
        ({"STRIPE_SIMULATED": True}, "config.E005"),
        ({"STRIPE_API_BASE": "http://127.0.0.1:12111"}, "config.E005"),
        ({"SITE_URL": "shop.example.com"}, "config.E006"),
        ({"SITE_URL": "https://shop.example.com/shop"}, "config.E006"),
        ({"SITE_URL": "http://shop.example.com", "SITE_IS_HTTPS": False}, "config.W003"),
        ({"CURRENCY": "dollars"}, "config.E008"),
        ({"CURRENCY": "irr"}, "config.E008"),
        ({"CURRENCY": "xau"}, "config.E008"),
        ({"STRIPE_SHIPPING_COUNTRIES": ["US", "UK"]}, "config.E020"),
        ({"STRIPE_SHIPPING_COUNTRIES": ["EU"]}, "config.E020"),
        ({"STRIPE_CHECKOUT_HOST": "pay example.com"}, "config.E021"),
        ({"STRIPE_CHECKOUT_HOST": "pay.example.com; script-src *"}, "config.E021"),
        ({"STRIPE_CHECKOUT_HOST": "*"}, "config.E021"),
        ({"EMAIL_HOST": ""}, "config.W004"),
        ({"DEFAULT_FROM_EMAIL": "Fieldhouse"}, "config.E009"),
        ({"DEFAULT_FROM_EMAIL": "Müller, Söhne <shop@example.com>"}, "config.E009"),
        ({"DEFAULT_FROM_EMAIL": "a@example.com, b@example.com"}, "config.E009"),
        ({"DEFAULT_FROM_EMAIL": "Field\nhouse <shop@example.com>"}, "config.E009"),
        ({"DEFAULT_FROM_EMAIL": f"shop@{'a' * 70}.example"}, "config.E009"),
        ({"DEFAULT_FROM_EMAIL": "<>"}, "config.E009"),
        ({"DEFAULT_FROM_EMAIL": "shop@"}, "config.E009"),
        ({"DEFAULT_FROM_EMAIL": "Field\udcffhouse <shop@example.com>"}, "config.E009"),
        ({"SHOP_NAME": "Field\nhouse"}, "config.E010"),
        ({"SHOP_NAME": "Field\udcffhouse"}, "config.E010"),
        ({"CONTACT_EMAIL": "Help <help@example.com>"}, "config.E011"),
        ({"CONTACT_EMAIL": "help"}, "config.E011"),
        ({"CONTACT_EMAIL": "help@example.com\nBcc: a@example.com"}, "config.E011"),
    ],
)
def test_a_live_shop_is_told_what_is_unsafe(change, expected):
    assert ids(**LIVE | change) == [expected]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"STRIPE_SECRET_KEY": "sk_live_abc", "STRIPE_SIMULATED": False}, "config.E003"),
        ({"SITE_URL": "https://shop.example.com", "SITE_HOST": "shop.example.com"}, "config.E007"),
    ],
)
def test_a_developer_is_told_what_is_unsafe(change, expected):
    assert ids(**DEVELOPMENT | change) == [expected]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL searches by its own index")
def test_an_sqlite_that_cannot_search_for_parts_of_words_is_told(monkeypatch):
    database = sqlite3.connect(":memory:")
    database.set_authorizer(lambda *_: sqlite3.SQLITE_DENY)
    monkeypatch.setattr("sqlite3.connect", lambda _: database)

    assert ids(**DEVELOPMENT) == ["config.E022"]


@pytest.mark.parametrize("host", ["192.168.1.7", "shop.local", "shop.test", "box"])
def test_an_own_network_is_not_public(host):
    assert ids(**DEVELOPMENT | {"SITE_URL": f"http://{host}:8000", "SITE_HOST": host}) == []


@pytest.mark.parametrize("currency", ["usd", "eur", "jpy", "isk", "kwd", "huf", "xcg"])
def test_a_currency_that_stripe_takes_passes(currency):
    assert ids(**LIVE | {"CURRENCY": currency}) == []


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("UK", "Write GB instead."),
        ("GBR", "Write GB instead."),
        ("GERMANY", "Write DE instead."),
        ("IR", "no addresses in CU, IR"),
        ("US CA", "with commas between them"),
    ],
)
def test_a_country_that_stripe_does_not_know_is_named_with_what_to_write(written, told):
    with override_settings(**LIVE | {"STRIPE_SHIPPING_COUNTRIES": ["US", written]}):
        (message,) = run_checks()

    assert repr(written) in message.msg
    assert told in message.hint


def test_every_country_that_stripe_does_not_know_is_named():
    assert ids(**LIVE | {"STRIPE_SHIPPING_COUNTRIES": ["UK", "US", "XX"]}) == ["config.E020"] * 2


def test_the_countries_are_those_of_stripes_sdk():
    hints = get_type_hints(SessionCreateParamsShippingAddressCollection)
    (codes_or_text,) = get_args(hints["allowed_countries"])
    literal, _ = get_args(codes_or_text)

    assert set(get_args(literal)) == SHIPPING_COUNTRIES


@pytest.mark.parametrize(
    "sender",
    [
        "shop@example.com",
        "shop@localhost",
        "Fieldhouse <shop@127.0.0.1>",
        '"Müller, Söhne & Co" <shop@münchen.example>',
        '"Field, house" <shop@[IPv6:::1]>',
    ],
)
def test_a_sender_that_mails_can_name_passes(sender):
    assert ids(**LIVE | {"DEFAULT_FROM_EMAIL": sender, "CONTACT_EMAIL": "help@example.com"}) == []
