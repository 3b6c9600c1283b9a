"""Mails of the accounts: whatever the shop is called they are sent, and none breaks a page."""

from email import message_from_bytes
from email.policy import default as plain

import pytest
from django.core import mail

from config.mailbox import mailbox
from tests.pages import read
from tests.people import PASSWORD

NAMES = [
    "Müller, Söhne & Co",
    "店「お皿」、花瓶",
    '"Quoted" <shop>',
    "🏺 Pots",
    "ü, " * 100,
]


@pytest.fixture(params=NAMES)
def words(request, settings) -> str:
    """The name of the shop, as it stands in one line."""
    words = " ".join(request.param.split())
    settings.SHOP_NAME = request.param
    settings.DEFAULT_FROM_EMAIL = mailbox(words, "shop@münchen.example")
    return words


def subjects() -> list[str]:
    messages = [message.message().as_bytes() for message in mail.outbox]
    return [message_from_bytes(message, policy=plain)["Subject"].strip() for message in messages]


def test_a_reset_is_sent_whatever_the_shop_is_called(client, alice, words):
    client.post("/accounts/password_reset/", {"email": "alice@example.com"})

    assert subjects() == [f"Set a new password for {words}".strip()]


def test_a_change_of_address_is_sent_whatever_the_shop_is_called(as_alice, words):
    new = {"email": "new@example.com", "password": PASSWORD}
    assert as_alice.post("/accounts/email_change/", new).status_code == 302

    assert subjects() == [f"Your e-mail address at {words}"] * 2


def fail(*_args: object, **_kwargs: object) -> None:
    raise UnicodeError("alice@example.com")


def test_a_reset_that_cannot_be_written_says_the_same_as_one_that_can(
    client, alice, monkeypatch, caplog
):
    monkeypatch.setattr("django.contrib.auth.forms.loader.render_to_string", fail)
    page = client.post("/accounts/password_reset/", {"email": "alice@example.com"})

    assert page.url == "/accounts/password_reset/done/"
    assert "mail for a new password not written: UnicodeError" in caplog.text
    assert "alice" not in caplog.text


def test_a_change_of_address_that_cannot_be_mailed_says_so(as_alice, monkeypatch, caplog):
    monkeypatch.setattr("accounts.email_change.render_to_string", fail)
    new = {"email": "new@example.com", "password": PASSWORD}
    page = as_alice.post("/accounts/email_change/", new)

    assert "The e-mail could not be sent." in read(page).part(".notice-error").text
    assert "mail about a new address not written: UnicodeError" in caplog.text
    assert "example.com" not in caplog.text
