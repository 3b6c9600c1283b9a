"""Unsafe configuration, each with an id and a hint; `manage.py check` and runserver print them."""

import re
import sqlite3
from contextlib import closing
from ipaddress import ip_address
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.core.mail.message import sanitize_address
from django.core.validators import validate_email
from django.db import DatabaseError

from shop.countries import SHIPPING_COUNTRIES, code_meant
from shop.models import SAMPLE, Page
from shop.money import CURRENCIES

STRIPE_API = "https://api.stripe.com"


@register
def stripe_key(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    key = settings.STRIPE_SECRET_KEY
    if not key:
        return (
            []
            if settings.DEBUG or settings.STRIPE_SIMULATED
            else [
                Error(
                    "STRIPE_SECRET_KEY is not set, so nobody can pay.",
                    hint="Set the secret key of your Stripe account, or DEBUG=true to try the shop "
                    "with simulated payments.",
                    id="config.E001",
                )
            ]
        )
    messages: list[CheckMessage] = []
    if not re.fullmatch(r"(sk|rk)_(test|live)_\w+", key, re.ASCII):
        messages.append(
            Error(
                "STRIPE_SECRET_KEY does not look like a secret key of Stripe.",
                hint="It starts with sk_test_, sk_live_, rk_test_ or rk_live_; "
                "pk_ is the publishable key, which this shop does not need.",
                id="config.E002",
            )
        )
    if "_live_" in key and settings.DEBUG:
        messages.append(
            Error(
                "A live Stripe key is used with DEBUG on: real money on a developer's machine.",
                hint="Use a test key (sk_test_...), or switch DEBUG off.",
                id="config.E003",
            )
        )
    if "_test_" in key and not settings.DEBUG and is_public(settings.SITE_HOST):
        messages.append(
            Warning(
                "A Stripe test key serves a public address: orders are made, no money moves.",
                hint="Set the live key (sk_live_...) when the shop opens.",
                id="config.W001",
            )
        )
    return messages


@register
def stripe_webhook_secret(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    secret = settings.STRIPE_WEBHOOK_SECRET
    if not secret and settings.STRIPE_SECRET_KEY and not settings.DEBUG:
        return [
            Warning(
                "STRIPE_WEBHOOK_SECRET is not set, so Stripe's events are refused.",
                hint="Add a webhook endpoint at Stripe (README, Real payments) and set its secret. "
                "Until then a buyer who closes the tab after paying has no order.",
                id="config.W002",
            )
        ]
    if secret and not re.fullmatch(r"whsec_\S+", secret):
        return [
            Error(
                "STRIPE_WEBHOOK_SECRET does not look like a webhook secret of Stripe.",
                hint="It starts with whsec_ and holds no blanks.",
                id="config.E004",
            )
        ]
    return []


@register
def simulator(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    if settings.DEBUG or not (settings.STRIPE_SIMULATED or settings.STRIPE_API_BASE != STRIPE_API):
        return []
    return [
        Error(
            "Payments go to a stand-in for Stripe although DEBUG is off.",
            hint="Remove STRIPE_API_BASE and set STRIPE_SECRET_KEY, or set DEBUG=true.",
            id="config.E005",
        )
    ]


@register
def site_url(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    if not re.fullmatch(r"https?://[^/?#\s]+", settings.SITE_URL) or not settings.SITE_HOST:
        return [
            Error(
                f"SITE_URL is {settings.SITE_URL!r}, which is not the address of a site.",
                hint="Write scheme, host and perhaps a port: https://shop.example.com",
                id="config.E006",
            )
        ]
    if settings.DEBUG and is_public(settings.SITE_HOST):
        return [
            Error(
                "DEBUG is on for a public address: its error pages show settings and source.",
                hint="Switch DEBUG off, or set SITE_URL to an address of your own network.",
                id="config.E007",
            )
        ]
    if not settings.SITE_IS_HTTPS and is_public(settings.SITE_HOST):
        return [
            Warning(
                "SITE_URL is plain http: passwords and sessions travel in the clear.",
                hint="Serve the shop over https and write https:// in SITE_URL; secure cookies, "
                "HSTS and the redirect follow. Stripe sends live events to https only.",
                id="config.W003",
            )
        ]
    return []


@register
def currency(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    if settings.CURRENCY in CURRENCIES:
        return []
    return [
        Error(
            f"CURRENCY is {settings.CURRENCY!r}, in which Stripe takes no payments.",
            hint="Write the three letters of a currency that Stripe takes, for example usd: "
            "https://docs.stripe.com/currencies",
            id="config.E008",
        )
    ]


@register
def shipping_countries(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """One word that Stripe does not know, and it refuses every checkout."""
    unknown = [
        code for code in settings.STRIPE_SHIPPING_COUNTRIES if code not in SHIPPING_COUNTRIES
    ]
    return [
        Error(
            f"STRIPE_SHIPPING_COUNTRIES names {code!r}, which Stripe does not take.",
            hint=f"Write {code_meant(code)} instead."
            if code_meant(code)
            else "Write two-letter codes with commas between them: US,CA,GB. Stripe takes "
            "no addresses in CU, IR, KP or SY, and no whole regions such as EU.",
            id="config.E020",
        )
        for code in unknown
    ]


@register
def checkout_host(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    label = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
    if re.fullmatch(rf"({label}\.)+{label}", settings.STRIPE_CHECKOUT_HOST):
        return []
    return [
        Error(
            f"STRIPE_CHECKOUT_HOST is {settings.STRIPE_CHECKOUT_HOST!r}, which is not a host.",
            hint="Write the domain of Stripe's payment page, for example pay.example.com; without "
            "a domain of your own there, leave it out.",
            id="config.E021",
        )
    ]


@register
def search_of_sqlite(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Whether `shop/search_index.py` can make its table, by making one."""
    if not settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        return []
    with closing(sqlite3.connect(":memory:")) as database:
        try:
            database.execute("CREATE VIRTUAL TABLE words USING fts5(word, tokenize='trigram')")
        except sqlite3.DatabaseError as error:
            return [
                Error(
                    f"SQLite {sqlite3.sqlite_version} cannot search for parts of words: {error}.",
                    hint="Use a Python whose SQLite is 3.34 or newer and has FTS5, or PostgreSQL.",
                    id="config.E022",
                )
            ]
    return []


@register
def mail(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    if settings.DEBUG or settings.EMAIL_HOST:
        return []
    return [
        Warning(
            "EMAIL_HOST is not set, so password resets are printed instead of mailed.",
            hint="Set EMAIL_HOST and what your mail server asks for.",
            id="config.W004",
        )
    ]


@register
def names_in_mails(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    messages: list[CheckMessage] = []
    if not can_send_mail(settings.DEFAULT_FROM_EMAIL):
        messages.append(
            Error(
                f"No mail can come from {settings.DEFAULT_FROM_EMAIL!r}: receipts would not be "
                "sent.",
                hint="Set DEFAULT_FROM_EMAIL to one address, with or without a name: "
                "Fieldhouse <shop@example.com>",
                id="config.E009",
            )
        )
    if not settings.SHOP_NAME.isprintable():  # a newline, or bytes that are no text
        messages.append(
            Error(
                f"SHOP_NAME is {settings.SHOP_NAME!r}, which no page and no mail can show.",
                hint="Write one line of UTF-8 text.",
                id="config.E010",
            )
        )
    try:
        validate_email(settings.CONTACT_EMAIL or "nobody@example.com")
    except ValidationError:
        messages.append(
            Error(
                f"CONTACT_EMAIL is {settings.CONTACT_EMAIL!r}, where nobody can write to.",
                hint="Write the address alone: help@example.com",
                id="config.E011",
            )
        )
    return messages


@register
def sample_pages(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """The demo's texts, in a shop that strangers can reach."""
    if settings.DEBUG or not is_public(settings.SITE_HOST):
        return []
    try:
        titles = list(Page.objects.filter(text__contains=SAMPLE).values_list("title", flat=True))
    except DatabaseError:  # not there, or not migrated yet: that is another check's business
        return []
    return [
        Warning(
            f"The page {title} still shows the demo's sample text.",
            hint="Write your own in the admin, under Pages.",
            id="config.W005",
        )
        for title in titles
    ]


def can_send_mail(sender: str) -> bool:
    """Whether the sender is one address that the header of a mail and a mail server take."""
    try:
        EmailMessage("", "", sender).message()
        plain = sanitize_address(sender, settings.DEFAULT_CHARSET)
    # Parsers of addresses raise a dozen kinds for what they cannot read.
    except Exception:
        return False
    return re.search(r"[^\s@<>]@[^\s@<>]+>?$", plain) is not None


def is_public(host: str) -> bool:
    """Whether strangers could reach the host: not loopback, a private network or a bare name."""
    try:
        return ip_address(host).is_global
    except ValueError:
        return "." in host and not host.endswith((".localhost", ".local", ".test", ".internal"))
