"""A mail server that does not take an address is not asked about it for ever."""

import smtplib
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone

from orders import mails
from orders.models import Order, RefusedAddress
from orders.reconcile import reconcile
from tests.pages import read

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
REFUSING = f"{__name__}.NoSuchMailbox"
WORKING = "django.core.mail.backends.locmem.EmailBackend"


class NoSuchMailbox(BaseEmailBackend):
    code = 550

    def send_messages(self, messages):
        raise smtplib.SMTPRecipientsRefused({messages[0].to[0]: (self.code, b"no such user")})


class Busy(NoSuchMailbox):
    code = 450


@pytest.fixture
def unsent(order, settings) -> Order:
    Order.objects.update(receipt_claimed_at=None, receipt_sent_at=None)
    mail.outbox.clear()
    settings.EMAIL_BACKEND = REFUSING
    return order


def tried(at: datetime) -> int:
    """How many receipts a run of the reconciler at this time tried to send."""
    before = RefusedAddress.objects.values_list("tries", flat=True).first() or 0
    with time_machine.travel(at, tick=False):
        reconcile(timezone.now() - timedelta(days=3))
    return (RefusedAddress.objects.values_list("tries", flat=True).first() or 0) - before


def test_a_refused_address_is_tried_less_and_less_and_then_no_more(unsent):
    hours = [0, 1, 2, 3, 6, 13, 14, 30, 62, 63, 100, 1000]

    assert [tried(NOW + timedelta(hours=hour)) for hour in hours] == [
        *(1, 0, 1, 0, 1, 0, 1, 1, 1, 0, 0, 0)
    ]


def test_what_is_refused_for_now_is_tried_by_every_run(unsent, settings):
    settings.EMAIL_BACKEND = f"{__name__}.Busy"
    for _ in range(3):
        assert not mails.send_receipt(unsent.pk)

    assert not RefusedAddress.objects.exists()


def test_a_corrected_address_gets_what_was_due(unsent, settings):
    assert tried(NOW) == 1
    settings.EMAIL_BACKEND = WORKING
    unsent.correct_email("alice@corrected.example")
    reconcile(timezone.now() - timedelta(days=3))

    assert [message.to for message in mail.outbox] == [["alice@corrected.example"]]


def test_an_address_that_works_again_is_forgotten(unsent, settings):
    assert tried(NOW) == 1
    settings.EMAIL_BACKEND = WORKING
    with time_machine.travel(NOW + timedelta(hours=2), tick=False):
        reconcile(timezone.now() - timedelta(days=3))

    assert len(mail.outbox) == 1
    assert not RefusedAddress.objects.exists()


def test_staff_read_on_the_orders_page_that_its_buyer_was_not_told(unsent, as_staff):
    assert tried(NOW) == 1

    facts = read(as_staff.get(f"/admin/orders/order/{unsent.pk}/change/")).text
    assert "by the mail server on May 4, 2026. Correct the address" in facts
