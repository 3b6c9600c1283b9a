"""A mail that cannot be written or sent stops nothing else, and says so without saying of whom."""

import logging
from datetime import timedelta
from email import message_from_bytes
from email.policy import default as plain
from functools import partial
from io import StringIO
from uuid import uuid4

import pytest
from django.core import mail
from django.core.mail.message import sanitize_address
from django.core.management import call_command
from django.utils import timezone

from accounts import background
from config.mailbox import mailbox
from orders import mails
from orders.models import Order
from orders.reconcile import reconcile
from orders.refunds import refund
from shop.models import Checkout
from stripe_simulator.testing import set_webhooks

NAMES = [
    "Müller, Söhne & Co",
    "Плотник и сыновья",
    "店「お皿」、花瓶",
    "متجر",
    '"Quoted" \\ <shop>',
    "🏺 Pots; bowls: @home",
    "Field\r\nBcc: x@example.com",
    "long " * 60,
    "ü, " * 100,
    "x" * 300,
]
HOSTS = ["shop.example.com", "münchen.example", "xn--mnchen-3ya.example", "127.0.0.1", "::1"]


@pytest.fixture
def orders(as_alice, as_bob, mug, purchase) -> list[Order]:
    set_webhooks("lost")
    return [purchase(as_alice, mug), purchase(as_bob, mug)]


def read(message: mail.EmailMessage):
    """As the mail server gets it."""
    sanitize_address(message.from_email, "utf-8")
    return message_from_bytes(message.message().as_bytes(), policy=plain)


@pytest.mark.parametrize("name", NAMES)
def test_a_receipt_is_sent_whatever_the_shop_is_called(orders, settings, name):
    settings.SHOP_NAME = name
    settings.DEFAULT_FROM_EMAIL = mailbox(" ".join(name.split()), "shop@example.com")
    assert mails.send_receipt(orders[0].pk)

    received = read(mail.outbox[0])
    words = " ".join(name.split())
    assert received["Subject"].strip() == f"Your order {orders[0].number} at {words}"
    (sender,) = received["From"].addresses
    assert sender.addr_spec == "shop@example.com"
    # Python reads a long name back with a blank more wherever its line was broken.
    assert sender.display_name.split() == words.split()
    assert received["Bcc"] is None


@pytest.mark.parametrize("host", HOSTS)
def test_a_receipt_is_sent_whatever_the_host_is_called(orders, settings, host):
    settings.SITE_HOST = host
    settings.DEFAULT_FROM_EMAIL = mailbox("Field, house", f"shop@{host}")
    assert mails.send_receipt(orders[0].pk)

    received = read(mail.outbox[0])
    assert received["Message-ID"].startswith(f"<receipt.{orders[0].number}@")
    assert received["Message-ID"].isascii()
    assert not received["Message-ID"].defects
    assert not received["From"].defects


def fail(*_args: object, **_kwargs: object) -> None:
    raise UnicodeError("alice@example.com")


@pytest.mark.parametrize("address", ["alice\n@example.com", "ali,ce@é", "a\udcff@example.com"])
def test_a_receipt_that_cannot_be_written_stops_no_other(orders, caplog, monkeypatch, address):
    written = mails.receipt

    def receipt(order: Order, **options: bool) -> mail.EmailMessage:
        message = written(order, **options)
        if order.pk == orders[0].pk:
            message.to = [address]
            message.message()  # as every real backend does
        return message

    monkeypatch.setattr(mails, "receipt", receipt)
    reconcile(timezone.now() - timedelta(days=1))

    assert [message.to for message in mail.outbox][-1] == ["bob@example.com"]


@pytest.mark.parametrize("broken", ["orders.mails.receipt", "orders.mails.render_to_string"])
def test_the_reconciler_ends_well_although_no_receipt_can_be_written(
    orders, monkeypatch, caplog, broken
):
    monkeypatch.setattr(broken, fail)
    call_command("reconcile_stripe", stdout=StringIO())

    assert Order.objects.filter(receipt_sent_at=None, receipt_claimed_at=None).count() == 2
    for order in orders:
        assert f"receipt of order {order.number} could not be written: UnicodeError" in caplog.text
    assert "example.com" not in caplog.text


def test_word_of_a_parcel_that_cannot_be_written_stops_nobody(orders, monkeypatch, caplog):
    orders[0].ship("", "")
    monkeypatch.setattr("orders.mails.render_to_string", fail)
    assert not mails.on_its_way(orders[0].pk)

    assert "could not be written: UnicodeError" in caplog.text
    assert "example.com" not in caplog.text


def test_word_of_a_refund_that_cannot_be_written_stops_nobody(orders, monkeypatch, caplog):
    given = refund(orders[0], 500, "duplicate", uuid4())
    monkeypatch.setattr("orders.mails.render_to_string", fail)
    assert not mails.refunded(given.pk)

    assert "could not be written: UnicodeError" in caplog.text
    assert "example.com" not in caplog.text


def test_word_of_a_failed_payment_that_cannot_be_written_stops_nobody(paid, monkeypatch, caplog):
    monkeypatch.setattr("orders.mails.render_to_string", fail)
    checkout = Checkout.objects.get()
    checkout.fail()

    assert not mails.payment_failed(checkout.pk)
    assert "could not be written: UnicodeError" in caplog.text
    checkout.refresh_from_db()
    assert checkout.failure_told_at is None  # still due


@pytest.mark.django_db(transaction=True)
def test_what_fails_in_a_thread_of_a_mail_is_logged(caplog):
    with caplog.at_level(logging.ERROR):
        background.do(partial(fail, 7))

    (record,) = caplog.records
    assert record.exc_info[0] is UnicodeError
