"""Mails: one receipt per paid order, and never in anybody's way."""

import sys
from datetime import UTC, datetime, timedelta
from threading import Event

import pytest
import time_machine
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone

from orders import mails
from orders.mails import send_receipt
from orders.models import Order
from orders.recording import record_order
from shop.models import Checkout
from stripe_simulator.testing import deliver_due, expire, pay, set_webhooks, settle
from tests.pages import read, words


class RefusingBackend(BaseEmailBackend):
    def send_messages(self, messages):
        raise ConnectionRefusedError("no mail today")


@pytest.fixture
def order(as_alice, mug, buy) -> Order:
    set_webhooks("lost")
    checkout = buy(as_alice, mug, 2)
    pay(checkout.stripe_session_id)
    return record_order(checkout.stripe_session_id)


def test_a_paid_order_is_followed_by_a_receipt_in_text_and_html(
    as_alice, mug, buy, django_capture_on_commit_callbacks, settings
):
    checkout = buy(as_alice, mug, 2)
    pay(checkout.stripe_session_id)
    with django_capture_on_commit_callbacks(execute=True):
        deliver_due()

    order = Order.objects.get()
    (message,) = mail.outbox
    html, kind = message.alternatives[0]
    assert message.to == ["alice@example.com"]
    assert order.number in message.subject
    assert kind == "text/html"
    assert order.receipt_sent_at
    page = f"{settings.SITE_URL}{order.get_absolute_url()}"
    assert read(html, "title").text == f"Your order {order.number}"
    assert read(html, "body").link("See your order") == page
    assert f"Your order: {page}" in message.body.splitlines()


@pytest.fixture
def dear(order) -> Order:
    """An order of 3 May, with all that its total can be made of, and with an address."""
    Order.objects.update(
        paid_at=datetime(2026, 5, 3, tzinfo=UTC),
        discount_cents=500,
        shipping_cents=700,
        tax_cents=90,
        total_cents=4090,
        shipping_name="Alice Ames",
        shipping_address="1 High Street\nOslo",
    )
    return Order.objects.get()


def test_the_receipt_in_text_says_what_was_paid_for_what(dear, settings):
    assert mails.receipt(dear).body.split("\n\n")[:4] == [
        f"Thank you for your order at {settings.SHOP_NAME}.",
        f"Order {dear.number}, paid on May 3, 2026",
        "2 × Speckled mug: $38.00\nDiscount: -$5.00\nDelivery: $7.00\nTax: $0.90\nTotal: $40.90",
        "It goes to:\nAlice Ames\n1 High Street\nOslo",
    ]


def test_the_receipt_in_html_says_the_same(dear, settings):
    mail = read(mails.receipt(dear).alternatives[0][0], "body")

    assert mail.headings == [f"Thank you for your order at {settings.SHOP_NAME}."]
    assert mail.paragraphs == [f"Order {dear.number}, paid on May 3, 2026", "It goes to:"]
    assert [words(row) for row in mail.part(".lines").all("tr")] == ["2 × Speckled mug $38.00"]
    assert [words(row) for row in mail.part(".sums").all("tr")] == [
        *("Discount −$5.00", "Delivery $7.00", "Tax $0.90", "Total $40.90")
    ]
    assert mail.part("address").text == "Alice Ames 1 High Street Oslo"


def test_the_receipt_says_no_more_than_there_is(order):
    message = mails.receipt(order)

    html = read(message.alternatives[0][0], "body")
    assert [words(row) for row in html.part(".lines").all("tr")] == ["2 × Speckled mug $38.00"]
    assert [words(row) for row in html.part(".sums").all("tr")] == ["Total $38.00"]
    assert "2 × Speckled mug: $38.00\nTotal: $38.00\n\nYour order:" in message.body
    assert "It goes to" not in message.alternatives[0][0] + message.body


def test_the_receipt_of_a_free_order_does_not_say_paid(order):
    Order.objects.update(discount_cents=3800, total_cents=0)
    message = mails.receipt(Order.objects.get())

    ordered = f"Order {order.number}, ordered on "
    assert message.body.split("\n\n")[1].startswith(ordered)
    assert read(message.alternatives[0][0], "body").paragraphs[0].startswith(ordered)


def test_recording_again_sends_nothing_again(order, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        record_order(order.stripe_session_id)

    assert not mail.outbox


def test_sending_again_and_again_sends_once(order):
    assert [send_receipt(order.pk) for _ in range(3)] == [True, False, False]
    assert len(mail.outbox) == 1


def test_two_processes_at_once_send_one(order, monkeypatch):
    receipt = mails.receipt

    def the_other_one_meanwhile(order):
        assert not send_receipt(order.pk)
        return receipt(order)

    monkeypatch.setattr(mails, "receipt", the_other_one_meanwhile)
    send_receipt(order.pk)

    assert len(mail.outbox) == 1


def test_a_mail_server_that_refuses_costs_nothing_and_is_tried_again(order, settings):
    working = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = f"{__name__}.RefusingBackend"
    assert not send_receipt(order.pk)
    settings.EMAIL_BACKEND = working

    assert send_receipt(order.pk)
    assert len(mail.outbox) == 1


def test_a_process_that_died_while_sending_is_waited_for_before_another_tries(order):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        Order.objects.update(receipt_claimed_at=timezone.now())
        assert not send_receipt(order.pk)
        clock.shift(timedelta(minutes=10))
        assert send_receipt(order.pk)


def test_a_repeated_mail_could_be_told_by_its_message_id(order):
    assert mails.receipt(order).message()["Message-ID"] == (f"<receipt.{order.number}@127.0.0.1>")


def test_an_order_without_an_address_has_no_receipt(order):
    Order.objects.update(email="")

    assert not send_receipt(order.pk)


def test_a_name_cannot_write_headers_or_markup(order):
    order.lines.update(product_name="Mug\r\nBcc: x@example.com <b>")
    message = mails.receipt(Order.objects.get())

    assert "Bcc" not in message.message()
    assert "&lt;b&gt;" in message.alternatives[0][0]


@pytest.mark.django_db(transaction=True)
def test_a_mail_server_that_hangs_delays_nobody(order, monkeypatch):
    asked, released = Event(), Event()

    def hang(order_id):
        asked.set()
        assert released.wait(10)

    monkeypatch.setattr("accounts.background.enabled", True)
    mails.send_soon(hang, order.pk)  # returns although nothing was sent yet

    assert asked.wait(10)
    released.set()


def test_no_connection_to_the_database_is_held_while_a_mail_server_takes_its_time(
    order, monkeypatch
):
    let_go = []
    monkeypatch.setattr(mails, "let_go_of_the_database", lambda: let_go.append(len(mail.outbox)))
    send_receipt(order.pk)

    assert let_go == [0]


# A payment that never arrived


@pytest.fixture
def delayed(as_alice, mug, buy) -> Checkout:
    set_webhooks("lost")
    checkout = buy(as_alice, mug, 2)
    pay(checkout.stripe_session_id, delayed=True)
    return checkout


def test_a_delayed_payment_that_fails_is_told_once_with_a_way_to_try_again(
    delayed, settings, django_capture_on_commit_callbacks
):
    settle(delayed.stripe_session_id, ok=False)
    for _ in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            record_order(delayed.stripe_session_id)

    (message,) = mail.outbox
    assert message.to == ["alice@example.com"]
    said, products, way_on, signed = message.body.strip().split("\n\n")
    assert said.startswith(f"Your payment of $38.00 at {settings.SHOP_NAME} did not arrive")
    assert said.endswith("nothing was charged.")
    assert products == "2 × Speckled mug"
    assert way_on.endswith(f": {settings.SITE_URL}/home/")
    assert signed == f"{settings.SHOP_NAME}\n{settings.SITE_URL}"


def test_word_of_a_failed_payment_is_due_again_when_its_process_died(delayed, monkeypatch):
    settle(delayed.stripe_session_id, ok=False)
    record_order(delayed.stripe_session_id)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        with monkeypatch.context() as dying:
            dying.setattr(mails, "sent", lambda *_: sys.exit(9))
            with pytest.raises(SystemExit):
                mails.payment_failed(delayed.pk)
        assert not mails.payment_failed(delayed.pk)  # it may still be at it
        clock.shift(timedelta(minutes=11))

        assert mails.payment_failed(delayed.pk)
        assert not mails.payment_failed(delayed.pk)
    assert len(mail.outbox) == 1


def test_an_abandoned_checkout_is_no_reason_for_a_mail(
    as_alice, mug, buy, django_capture_on_commit_callbacks
):
    checkout = buy(as_alice, mug)
    expire(checkout.stripe_session_id)
    with django_capture_on_commit_callbacks(execute=True):
        record_order(checkout.stripe_session_id)

    assert not mails.payment_failed(checkout.pk)
    assert not mail.outbox


def test_word_of_a_failed_payment_is_due_until_there_is_an_address(delayed):
    Checkout.objects.update(email="", payment_failed_at=timezone.now())
    assert not mails.payment_failed(delayed.pk)

    Checkout.objects.update(email="alice@example.com")
    assert mails.payment_failed(delayed.pk)


def test_a_mail_server_that_refuses_word_of_a_failed_payment_is_asked_again(delayed, settings):
    settle(delayed.stripe_session_id, ok=False)
    record_order(delayed.stripe_session_id)
    working = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = f"{__name__}.RefusingBackend"
    assert not mails.payment_failed(delayed.pk)
    settings.EMAIL_BACKEND = working

    assert mails.payment_failed(delayed.pk)
    assert len(mail.outbox) == 1


def test_what_was_told_is_not_told_again_when_its_claim_has_lapsed(order, delayed):
    Checkout.objects.filter(pk=delayed.pk).update(payment_failed_at=timezone.now())
    with time_machine.travel(timezone.now(), tick=False) as clock:
        assert [send_receipt(order.pk), mails.payment_failed(delayed.pk)] == [True, True]
        clock.shift(timedelta(minutes=11))

        assert [send_receipt(order.pk), mails.payment_failed(delayed.pk)] == [False, False]


def test_two_processes_at_once_tell_once_of_a_failed_payment(delayed, monkeypatch):
    Checkout.objects.filter(pk=delayed.pk).update(payment_failed_at=timezone.now())
    message = mails.message

    def the_other_one_meanwhile(*args, **about):
        assert not mails.payment_failed(delayed.pk)
        return message(*args, **about)

    monkeypatch.setattr(mails, "message", the_other_one_meanwhile)

    assert mails.payment_failed(delayed.pk)
    assert len(mail.outbox) == 1
