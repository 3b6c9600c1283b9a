"""Word of a parcel, of a cancelled order and of a refund: due until it is sent, and sent once."""

import sys
from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple
from uuid import uuid4

import pytest
import time_machine
from django.core import mail
from django.utils import timezone

from orders import mails
from orders.models import Order, Refund
from orders.reconcile import reconcile
from orders.refunds import refund, sync_refunds
from shop.payments import PaymentRefused
from stripe_simulator.testing import refund_at_stripe, set_webhooks

REFUSING = "orders.tests.test_mails.RefusingBackend"


class Due(NamedTuple):
    send: Callable[[], bool]
    step: str


@pytest.fixture(params=["parcel", "cancelled order", "refund"])
def due(request, order) -> Due:
    Order.objects.update(receipt_sent_at=timezone.now())
    if request.param == "parcel":
        order.ship("AB 123", "")
        return Due(lambda: mails.on_its_way(order.pk), "parcels")
    if request.param == "cancelled order":
        Order.objects.update(cancelled_at=timezone.now(), cancel_mail_due_at=timezone.now())
        return Due(lambda: mails.cancelled(order.pk), "cancellations")
    given = refund(order, 1900, "requested_by_customer", uuid4())
    return Due(lambda: mails.refunded(given.pk), "refund mails")


def run():
    return reconcile(timezone.now() - timedelta(days=3))


def test_it_is_told_once_however_often_it_is_tried(due):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        assert [due.send() for _ in range(2)] == [True, False]
        clock.shift(timedelta(minutes=11))  # its claim would have lapsed
        assert not due.send()
    assert [message.to for message in mail.outbox] == [["alice@example.com"]]


def test_what_a_mail_server_refused_is_told_by_the_reconciler(due, settings):
    working = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = REFUSING
    assert not due.send()
    settings.EMAIL_BACKEND = working

    assert run().repaired[due.step] == 1
    assert run().repaired[due.step] == 0
    assert len(mail.outbox) == 1


def test_two_processes_at_once_tell_it_once(due, monkeypatch):
    sent = mails.sent

    def the_other_one_meanwhile(*mail_and_name):
        monkeypatch.setattr(mails, "sent", sent)
        assert not due.send()
        return sent(*mail_and_name)

    monkeypatch.setattr(mails, "sent", the_other_one_meanwhile)
    assert due.send()
    assert len(mail.outbox) == 1


def test_it_is_due_again_when_its_process_died(due, monkeypatch):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        with monkeypatch.context() as dying:
            dying.setattr(mails, "sent", lambda *_: sys.exit(9))
            with pytest.raises(SystemExit):
                due.send()
        assert not due.send()  # it may still be at it
        clock.shift(timedelta(minutes=11))

        assert due.send()
        assert not due.send()
    assert len(mail.outbox) == 1


def test_a_process_that_is_late_does_not_make_due_what_another_is_telling(due, monkeypatch):
    sent = mails.sent
    with time_machine.travel(timezone.now(), tick=False) as clock:

        def refused_after_a_long_time(*_):
            monkeypatch.setattr(mails, "sent", sent)
            clock.shift(timedelta(minutes=11))
            assert due.send()
            return False

        monkeypatch.setattr(mails, "sent", refused_after_a_long_time)
        assert not due.send()
        assert not due.send()
    assert len(mail.outbox) == 1


def test_nobody_is_told_who_left_no_address(due):
    Order.objects.update(email="")

    assert not due.send()
    assert run().repaired[due.step] == 0


@pytest.mark.parametrize("backend", ["console", "dummy"])
def test_where_there_is_no_mail_server_the_reconciler_waits_for_one(due, settings, backend):
    settings.EMAIL_BACKEND = f"django.core.mail.backends.{backend}.EmailBackend"

    assert run().repaired[due.step] == 0


@pytest.mark.parametrize("what", ["receipt", "parcel", "cancelled", "refund", "failed refund"])
@pytest.mark.parametrize("email", ["alice@example.com", ""])
def test_late_is_what_was_due_an_hour_ago_and_can_be_told(
    as_bob, mug, order, purchase, what, email
):
    purchase(as_bob, mug)  # to whom nothing is late
    an_hour_ago = timezone.now() - timedelta(hours=1)
    Order.objects.update(receipt_sent_at=timezone.now(), created_at=an_hour_ago, email=email)
    this = Order.objects.filter(pk=order.pk)

    def late(due_at) -> list[Order]:
        if what == "receipt":
            this.update(receipt_sent_at=None, created_at=due_at)
        elif what == "parcel":
            this.update(parcel_mail_due_at=due_at)
        elif what == "cancelled":
            this.update(cancel_mail_due_at=due_at)
        else:
            order.refunds.all().delete()
            status = "failed" if "failed" in what else "pending"
            order.refunds.create(amount_cents=500, mail_due_at=due_at, status=status)
        return list(mails.orders_with_late_mail())

    assert late(an_hour_ago + timedelta(minutes=1)) == []
    assert late(an_hour_ago) == ([order] if email and what != "failed refund" else [])


def test_what_was_shipped_and_refunded_by_an_older_version_is_old_news(order):
    Order.objects.update(shipped_at=timezone.now(), receipt_sent_at=timezone.now())
    order.refunds.create(amount_cents=500, status="succeeded", stripe_refund_id="re_old")
    run()

    assert not mail.outbox


# Refunds


def test_a_refund_in_the_dashboard_is_told_too(order, django_capture_on_commit_callbacks):
    set_webhooks("lost")
    refund_at_stripe(order.stripe_payment_intent_id, 500)
    for _ in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            sync_refunds(order.stripe_payment_intent_id)

    (message,) = mail.outbox
    assert message.body.startswith("We have refunded $5.00 for ")


def test_each_refund_of_an_order_is_told_by_itself(order, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        refund(order, 500, "duplicate", uuid4())
    with django_capture_on_commit_callbacks(execute=True):
        refund(order, 700, "duplicate", uuid4())

    said = [message.body.split(" for ")[0] for message in mail.outbox]
    assert said == ["We have refunded $5.00", "We have refunded $7.00"]


def test_a_refund_that_stripe_refused_is_not_told(order, django_capture_on_commit_callbacks):
    set_webhooks("lost")
    refund_at_stripe(order.stripe_payment_intent_id)  # of everything, and we have not heard of it
    with django_capture_on_commit_callbacks(execute=True), pytest.raises(PaymentRefused):
        refund(order, 500, "duplicate", uuid4())

    assert not mail.outbox
    assert Refund.objects.get().mail_due_at is None


def test_a_refund_that_failed_before_its_mail_went_out_is_not_told(order):
    given = refund(order, 500, "duplicate", uuid4())
    Refund.objects.update(status="failed")
    Order.objects.update(receipt_sent_at=timezone.now())

    assert not mails.refunded(given.pk)
    assert run().repaired["refund mails"] == 0
    assert not mail.outbox


def test_a_refund_that_is_gone_is_told_to_nobody(db):
    assert not mails.refunded(uuid4())


def test_news_of_a_refund_does_not_make_its_mail_due_again(order):
    given = refund(order, 500, "duplicate", uuid4())
    Refund.objects.update(status="pending")
    mails.refunded(given.pk)
    assert sync_refunds(order.stripe_payment_intent_id)

    assert not mails.refunded(given.pk)
    assert Refund.objects.get().status == "succeeded"


def test_news_of_a_refund_while_its_mail_goes_out_does_not_make_it_due_again(order, monkeypatch):
    refund(order, 500, "duplicate", uuid4())
    Refund.objects.update(status="pending")
    move_on = Refund.move_on

    def told_meanwhile(given, status):
        assert mails.refunded(given.pk)
        move_on(given, status)

    monkeypatch.setattr(Refund, "move_on", told_meanwhile)
    assert sync_refunds(order.stripe_payment_intent_id)

    assert Refund.objects.get().mail_due_at is None


def test_of_a_parcel_that_was_not_sent_nobody_is_told_whatever_a_row_says(order, caplog):
    Order.objects.update(parcel_mail_due_at=timezone.now())  # half of a restore
    mail.outbox.clear()

    assert not mails.on_its_way(order.pk)
    assert (mail.outbox, caplog.messages) == ([], [])
