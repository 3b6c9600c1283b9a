"""A receipt once more, because the buyer asks for it on the telephone."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.admin.models import LogEntry
from django.core import mail
from django.utils import timezone

from orders.mails import send_receipt
from orders.models import Order
from tests.pages import read, told


@pytest.fixture
def clock():
    with time_machine.travel("2026-11-23 12:00Z", tick=False) as clock:
        yield clock


@pytest.fixture
def order(clock, as_alice, mug, purchase) -> Order:
    return purchase(as_alice, mug, 2)


def url(order: Order) -> str:
    return f"/admin/orders/order/{order.pk}/resend-receipt/"


def resend(client, order: Order) -> str:
    return " ".join(told(client.post(url(order), follow=True)))


def test_the_receipt_is_sent_again_and_staff_read_where_to(as_staff, order, clock):
    send_receipt(order.pk)
    clock.shift(61)
    assert "The receipt was sent to alice@example.com." in resend(as_staff, order)

    first, again = mail.outbox
    assert again.to == ["alice@example.com"]
    assert (again.subject, again.body) == (first.subject, first.body)


def test_the_order_says_when_the_receipt_was_sent_first(as_staff, order, clock):
    send_receipt(order.pk)
    order.refresh_from_db()
    first = order.receipt_sent_at
    clock.shift(61)
    resend(as_staff, order)

    order.refresh_from_db()
    assert order.receipt_sent_at == first


def test_mail_programs_do_not_take_it_for_the_same_mail(as_staff, order, clock):
    send_receipt(order.pk)
    clock.shift(61)
    resend(as_staff, order)

    assert len({message.message()["Message-ID"] for message in mail.outbox}) == 2


def test_a_receipt_that_was_still_due_is_not_sent_twice(as_staff, order, clock):
    resend(as_staff, order)
    clock.shift(timedelta(minutes=11))  # its claim has lapsed

    assert not send_receipt(order.pk)
    assert len(mail.outbox) == 1


JUST_NOW = "The receipt was sent to alice@example.com just now. To send another, wait a minute."


def test_a_double_click_sends_one_mail(as_staff, order, clock):
    assert "The receipt was sent to alice@example.com." in resend(as_staff, order)
    assert JUST_NOW in resend(as_staff, order)
    assert len(mail.outbox) == 1
    (entry,) = LogEntry.objects.all()
    assert entry.change_message == "Receipt sent again to alice@example.com."
    assert (entry.user.username, entry.object_id) == ("staff", str(order.pk))

    clock.shift(61)
    assert JUST_NOW not in resend(as_staff, order)
    assert len(mail.outbox) == 2


def test_a_receipt_that_goes_out_by_itself_just_now_is_not_sent_twice(as_staff, order):
    send_receipt(order.pk)

    assert JUST_NOW in resend(as_staff, order)
    assert len(mail.outbox) == 1


def test_what_the_mail_server_refused_may_be_tried_again_at_once(as_staff, order, settings):
    working = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "orders.tests.test_mails.RefusingBackend"
    resend(as_staff, order)
    settings.EMAIL_BACKEND = working

    assert "The receipt was sent to" in resend(as_staff, order)
    assert len(mail.outbox) == 1


@pytest.mark.parametrize("backend", ["orders.tests.test_mails.RefusingBackend", None])
def test_the_receipts_of_other_orders_stay_as_they_are(
    as_staff, as_bob, order, mug, purchase, settings, backend
):
    other = purchase(as_bob, mug)
    claimed_at = timezone.now() - timedelta(seconds=5)
    Order.objects.filter(pk=other.pk).update(receipt_claimed_at=claimed_at)
    settings.EMAIL_BACKEND = backend or settings.EMAIL_BACKEND
    resend(as_staff, order)

    other.refresh_from_db()
    assert (other.receipt_claimed_at, other.receipt_sent_at) == (claimed_at, None)


def test_staff_read_that_the_mail_server_refused(as_staff, order, settings):
    settings.EMAIL_BACKEND = "orders.tests.test_mails.RefusingBackend"

    assert "Not sent: the mail server did not take it." in resend(as_staff, order)
    order.refresh_from_db()
    assert not order.receipt_sent_at


def test_staff_read_that_there_is_no_mail_server(as_staff, order, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"

    assert "Set EMAIL_HOST." in resend(as_staff, order)


def test_nowhere_to_send_it_is_said_too(as_staff, order):
    Order.objects.update(email="")

    assert "There is no e-mail address" in resend(as_staff, order)
    page = read(as_staff.get(f"/admin/orders/order/{order.pk}/change/"))
    assert "Resend receipt" not in page.buttons
    assert not mail.outbox


def test_who_may_only_look_sends_nothing(as_alice, order, as_clerk):
    client = as_clerk("view_order")

    assert client.post(url(order)).status_code == 403
    page = read(client.get(f"/admin/orders/order/{order.pk}/change/"))
    assert "Resend receipt" not in page.buttons
    assert as_alice.post(url(order)).url.startswith("/admin/login/")
    assert not mail.outbox


def test_opening_the_address_sends_nothing(as_staff, order):
    assert as_staff.get(url(order)).status_code == 405
    assert not mail.outbox
