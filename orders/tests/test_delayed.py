"""Payments that settle days later: when they count, and who hears of one that failed."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core import mail
from django.core.management import call_command
from django.utils import timezone

from orders import mails
from orders.models import Order
from orders.reconcile import reconcile
from orders.recording import record_order
from shop.models import Checkout
from stripe_simulator.testing import deliver_due, pay, set_webhooks, settle
from tests.recorded import stripe_calls

BOUGHT = datetime(2026, 11, 1, 12, tzinfo=UTC)
SETTLED = BOUGHT + timedelta(days=9)


@pytest.fixture
def clock():
    with time_machine.travel(BOUGHT, tick=False) as clock:
        yield clock


@pytest.fixture
def delayed(clock, as_alice, mug, buy, own_world) -> Checkout:
    set_webhooks("lost")
    checkout = buy(as_alice, mug, 2)
    pay(checkout.stripe_session_id, delayed=True)
    return checkout


def run():
    return reconcile(timezone.now() - timedelta(days=3))


def test_a_payment_counts_for_the_day_on_which_its_money_came(delayed, clock):
    set_webhooks("normal")
    clock.move_to(SETTLED)
    settle(delayed.stripe_session_id)
    deliver_due()

    assert Order.objects.get().paid_at == SETTLED


@pytest.mark.parametrize("days", [0, 2, 20])
def test_a_payment_that_only_the_reconciler_hears_of_counts_for_the_day_it_settled(
    delayed, clock, days
):
    clock.move_to(SETTLED)
    settle(delayed.stripe_session_id)
    clock.shift(timedelta(days=days))
    run()

    assert Order.objects.get().paid_at == SETTLED


def test_a_payment_of_which_stripe_forgot_the_event_counts_for_the_day_it_was_made(delayed, clock):
    clock.move_to(SETTLED)
    settle(delayed.stripe_session_id)
    clock.shift(timedelta(days=31))
    run()

    assert Order.objects.get().paid_at == BOUGHT


def test_a_payment_at_once_counts_for_the_moment_in_which_it_was_made(
    clock, as_alice, mug, buy, own_world
):
    set_webhooks("lost")
    session_id = buy(as_alice, mug).stripe_session_id
    clock.shift(timedelta(minutes=5))
    pay(session_id)
    clock.shift(timedelta(days=2))
    run()

    assert Order.objects.get().paid_at == BOUGHT + timedelta(minutes=5)


def test_of_a_payment_at_once_stripe_is_not_asked_for_the_day(paid):
    with stripe_calls() as calls:
        record_order(paid.stripe_session_id)

    assert [call.path for call in calls] == [f"/v1/checkout/sessions/{paid.stripe_session_id}"]


def test_the_event_of_another_payment_says_nothing_about_this_one(delayed, clock, as_bob, mug, buy):
    theirs = buy(as_bob, mug).stripe_session_id
    pay(theirs, delayed=True)
    clock.move_to(SETTLED)
    settle(delayed.stripe_session_id)
    clock.shift(timedelta(days=1))
    settle(theirs)
    run()

    paid = dict(Order.objects.values_list("stripe_session_id", "paid_at"))
    assert paid[delayed.stripe_session_id] == SETTLED
    assert paid[theirs] == SETTLED + timedelta(days=1)


def test_stripe_is_asked_for_the_day_only_when_an_order_is_written(delayed, clock):
    session_id = delayed.stripe_session_id
    clock.move_to(SETTLED)
    with stripe_calls() as while_it_waits:
        record_order(session_id)
    settle(session_id)
    record_order(session_id)
    with stripe_calls() as afterwards:
        record_order(session_id)

    assert [len(while_it_waits), len(afterwards)] == [1, 1]


# A payment that failed


@pytest.fixture
def failed(delayed, clock) -> Checkout:
    clock.move_to(SETTLED)
    settle(delayed.stripe_session_id, ok=False)
    return delayed


def test_a_failure_that_only_the_reconciler_hears_of_is_told_once(
    failed, django_capture_on_commit_callbacks
):
    for _ in range(3):
        with django_capture_on_commit_callbacks(execute=True):
            run()

    assert [message.to for message in mail.outbox] == [["alice@example.com"]]


def test_a_failure_heard_of_while_another_checkout_starts_is_told_once(
    failed, as_alice, bowl, django_capture_on_commit_callbacks
):
    Checkout.objects.update(status=Checkout.Status.OPEN)
    with django_capture_on_commit_callbacks(execute=True):
        assert as_alice.post(f"/checkout/{bowl.pk}/", {"quantity": 1}).status_code == 303
    for _ in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            run()
            record_order(failed.stripe_session_id)

    assert [message.to for message in mail.outbox] == [["alice@example.com"]]


def test_a_failure_that_could_not_be_told_is_told_by_the_next_run(failed, monkeypatch):
    with monkeypatch.context() as no_mail:
        no_mail.setattr("django.core.mail.EmailMessage.send", refuse)
        run()
    assert not mail.outbox

    assert run().repaired["failed payments"] == 1
    assert len(mail.outbox) == 1
    assert not run().repaired["failed payments"]


def refuse(message: object) -> None:
    raise ConnectionRefusedError


# Where mails are only printed


@pytest.fixture
def on_a_console(settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"


@pytest.fixture
def order(as_alice, mug, purchase, own_world) -> Order:
    set_webhooks("lost")
    return purchase(as_alice, mug)


def test_a_receipt_that_was_only_printed_was_not_sent(order, on_a_console, capsys):
    assert not mails.send_receipt(order.pk)

    assert order.number in capsys.readouterr().out
    order.refresh_from_db()
    assert (order.receipt_sent_at, order.receipt_claimed_at) == (None, None)


@pytest.mark.parametrize("backend", ["console", "dummy"])
def test_the_reconciler_prints_no_mail_again_and_again(order, settings, backend, capsys):
    settings.EMAIL_BACKEND = f"django.core.mail.backends.{backend}.EmailBackend"
    call_command("reconcile_stripe")

    assert capsys.readouterr().out == "repaired: nothing; failed: 0; for review: 0\n"


def test_word_of_a_failed_payment_that_was_only_printed_waits_for_a_mail_server(
    failed, settings, capsys
):
    to_people = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    run()
    assert capsys.readouterr().out == ""

    settings.EMAIL_BACKEND = to_people
    run()
    assert len(mail.outbox) == 1
