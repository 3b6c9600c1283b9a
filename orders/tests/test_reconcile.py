"""`manage.py reconcile_stripe`: what was missed is repaired, and a second run changes nothing."""

import sys
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from orders import recording
from orders.models import Order, Refund
from orders.overview import webhook_health
from orders.reconcile import STEPS, end_stray, reconcile
from orders.recording import record_order
from orders.refunds import refund
from shop.models import Checkout, Product, Shop
from shop.payments import PaymentError
from stripe_simulator.testing import (
    fail_refund,
    inject_fault,
    open_dispute,
    pay,
    refund_at_stripe,
    set_webhooks,
    settle,
)
from tests.recorded import stripe_calls

Status = Checkout.Status


@pytest.fixture(autouse=True)
def webhook_down(own_world):
    set_webhooks("lost")


@pytest.fixture
def clock():
    with time_machine.travel("2026-11-20 12:00Z", tick=False) as clock:
        yield clock


@pytest.fixture
def run(capsys):
    """Run the command: what it printed, and its exit status."""

    def run(*arguments: str) -> tuple[str, int]:
        try:
            call_command("reconcile_stripe", *arguments)
            status = 0
        except SystemExit as stop:
            status = int(stop.code)
        return capsys.readouterr().out.strip(), status

    return run


NOTHING = "repaired: nothing; failed: 0; for review: 0"


def test_a_webhook_that_was_down_for_three_days_costs_nothing(
    as_alice, as_bob, alice, bob, mug, buy, clock, run
):
    for client, quantity in ((as_alice, 1), (as_bob, 2)):
        pay(buy(client, mug, quantity).stripe_session_id)
        Checkout.objects.filter(status=Status.OPEN).update(status=Status.PROCESSING)
    paid_at = timezone.now()
    clock.shift(timedelta(days=2, hours=23))

    assert run()[1] == 0
    orders = {order.user: order for order in Order.objects.all()}
    assert orders[alice].total_cents == 1900
    assert orders[bob].total_cents == 3800
    assert {order.paid_at for order in orders.values()} == {paid_at}
    assert orders[bob].lines.get().quantity == 2
    assert run() == (NOTHING, 0)


def test_an_abandoned_checkout_gives_its_stock_back(as_alice, mug, buy, clock, run):
    Product.objects.update(stock=3)
    buy(as_alice, mug, 3)
    run()
    assert Product.objects.get().stock == 0

    clock.shift(timedelta(minutes=41))
    assert "1 checkouts" in run()[0]
    assert Product.objects.get().stock == 3
    assert Checkout.objects.get().status == Status.EXPIRED
    assert run() == (NOTHING, 0)


def test_a_page_that_stripe_keeps_open_past_its_time_is_ended(as_alice, mug, buy, run):
    Product.objects.update(stock=3)
    buy(as_alice, mug, 3)
    Checkout.objects.update(expires_at=timezone.now())
    run()

    assert Checkout.objects.get().status == Status.EXPIRED
    assert Product.objects.get().stock == 3


def test_a_process_that_died_before_it_called_stripe_leaves_no_hold(
    as_alice, mug, clock, run, monkeypatch
):
    Product.objects.update(stock=3)
    with monkeypatch.context() as dying:
        dying.setattr("shop.payments.create_session", lambda checkout: sys.exit(9))
        with pytest.raises(SystemExit):
            as_alice.post(f"/checkout/{mug.pk}/", {"quantity": 1})
    assert Checkout.objects.get().stripe_session_id is None
    assert Product.objects.get().stock == 2

    clock.shift(timedelta(minutes=41))
    run()
    assert Checkout.objects.get().status == Status.EXPIRED
    assert Product.objects.get().stock == 3


def test_a_process_that_died_before_it_stored_the_session_loses_no_payment(
    as_alice, alice, mug, buy, clock, run
):
    session_id = buy(as_alice, mug).stripe_session_id
    Checkout.objects.update(stripe_session_id=None)
    pay(session_id)
    clock.shift(timedelta(minutes=41))
    run()

    order = Order.objects.get()
    assert (order.user, order.needs_review) == (alice, False)
    assert Checkout.objects.get().status == Status.PAID
    assert run() == (NOTHING, 0)


def test_a_payment_in_the_last_minute_is_recorded_and_not_released(as_alice, mug, buy, clock, run):
    Product.objects.update(stock=3)
    session_id = buy(as_alice, mug, 2).stripe_session_id
    clock.shift(timedelta(minutes=39))
    pay(session_id)
    clock.shift(timedelta(minutes=2))
    run()

    assert Order.objects.get().stripe_session_id == session_id
    assert Product.objects.get().stock == 1


def test_an_overdue_checkout_that_was_paid_is_asked_about_once(as_alice, mug, buy, run):
    session_id = buy(as_alice, mug).stripe_session_id
    pay(session_id)
    Checkout.objects.update(expires_at=timezone.now())
    with stripe_calls() as calls:
        run()

    assert [call.method for call in calls if session_id in call.path] == ["GET"]
    assert "POST" not in {call.method for call in calls}
    assert Order.objects.get().stripe_session_id == session_id


def test_a_delayed_payment_is_waited_for(as_alice, mug, buy, clock, run):
    session_id = buy(as_alice, mug).stripe_session_id
    pay(session_id, delayed=True)
    clock.shift(timedelta(days=1))
    run()
    assert Checkout.objects.get().status == Status.PROCESSING
    assert run() == (NOTHING, 0)

    settle(session_id)
    run()
    assert Order.objects.get().stripe_session_id == session_id


def test_a_delayed_payment_is_waited_for_even_if_its_session_was_never_stored(
    as_alice, mug, buy, clock, run
):
    Product.objects.update(stock=3)
    session_id = buy(as_alice, mug).stripe_session_id
    Checkout.objects.update(stripe_session_id=None)
    pay(session_id, delayed=True)
    record_order(session_id)
    assert Checkout.objects.get().stripe_session_id == session_id

    settle(session_id, ok=False)
    clock.shift(timedelta(days=1))
    run()
    assert Checkout.objects.get().status == Status.EXPIRED
    assert Product.objects.get().stock == 3


def test_a_delayed_payment_that_failed_is_let_go(as_alice, mug, buy, clock, run):
    Product.objects.update(stock=3)
    session_id = buy(as_alice, mug).stripe_session_id
    pay(session_id, delayed=True)
    clock.shift(timedelta(days=1))
    run()
    settle(session_id, ok=False)
    run()

    assert Checkout.objects.get().status == Status.EXPIRED
    assert Product.objects.get().stock == 3


@pytest.fixture
def order(as_alice, mug, purchase, clock) -> Order:
    order = purchase(as_alice, mug, 5)
    Order.objects.update(receipt_sent_at=timezone.now())
    return order


def test_refunds_made_at_stripe_are_found(order, run):
    first = refund_at_stripe(order.stripe_payment_intent_id, 1000)
    run()
    order.refresh_from_db()
    assert order.refunded_cents == 1000

    fail_refund(first["id"])
    assert "1 refunds" in run()[0]
    order.refresh_from_db()
    assert order.refunded_cents == 0
    assert run() == ("repaired: nothing; failed: 0; for review: 1", 1)


@pytest.mark.parametrize("fault", ["connect_timeout", "read_timeout_after"])
def test_a_refund_whose_answer_was_lost_is_finished_once(order, run, fault):
    inject_fault("POST", "/v1/refunds", fault, times=3)
    with pytest.raises(PaymentError):
        refund(order, 3000, "duplicate", uuid4())
    run()

    only = Refund.objects.get()
    assert (only.amount_cents, only.status) == (3000, "succeeded")
    order.refresh_from_db()
    assert order.refunded_cents == 3000
    assert run() == (NOTHING, 0)


def test_an_old_refund_whose_answer_was_lost_is_found_in_stripes_list(order, run, clock):
    inject_fault("POST", "/v1/refunds", "read_timeout_after", times=3)
    with pytest.raises(PaymentError):
        refund(order, 3000, "duplicate", uuid4())
    clock.shift(timedelta(days=4))  # older than --since, and than Stripe's memory of the key
    with stripe_calls() as calls:
        run()

    assert Refund.objects.get().status == "succeeded"
    assert not [call for call in calls if call.method == "POST"]


def test_an_unsent_refund_that_stripe_refuses_is_given_up(order, run):
    inject_fault("POST", "/v1/refunds", "connect_timeout", times=3)
    with pytest.raises(PaymentError):
        refund(order, 3000, "duplicate", uuid4())
    open_dispute(order.stripe_payment_intent_id)  # what is disputed cannot be refunded
    run()

    assert Refund.objects.get().status == "failed"
    order.refresh_from_db()
    assert order.refunded_cents == 0


def test_only_a_refund_that_was_never_answered_is_asked_for_again(order):
    order.refunds.create(amount_cents=100, stripe_refund_id="re_1")
    order.refunds.create(amount_cents=200, status="failed")
    unanswered = order.refunds.create(amount_cents=300)

    acts = STEPS["refunds finished"](timezone.now())
    assert [act.reference for act in acts] == [f"refund {unanswered.pk}"]


def test_a_stray_session_is_ended_once(as_alice, mug, buy):
    session_id = buy(as_alice, mug).stripe_session_id

    assert [end_stray(session_id) for _ in range(2)] == [True, False]


def test_disputes_are_found_and_need_a_person(order, run):
    open_dispute(order.stripe_payment_intent_id)
    said, status = run()

    assert "1 disputes" in said
    assert "for review: 1" in said
    assert status == 1
    Order.objects.get().resolve("Answered.", 1)
    assert run() == (NOTHING, 0)


def test_a_receipt_that_was_not_sent_is_sent_once(order, run):
    Order.objects.update(receipt_sent_at=None)
    assert "1 receipts" in run()[0]

    assert len(mail.outbox) == 1
    assert run() == (NOTHING, 0)
    assert len(mail.outbox) == 1


def test_a_dry_run_says_what_it_would_look_at_and_changes_nothing(as_alice, mug, buy, clock, run):
    pay(buy(as_alice, mug).stripe_session_id)
    clock.shift(timedelta(minutes=41))
    said, _ = run("--dry-run")

    assert said.startswith("would look at: 1 checkouts, 1 orders")
    assert not Order.objects.exists()
    assert Checkout.objects.get().status == Status.OPEN


def test_it_looks_back_no_further_than_asked(as_alice, mug, buy, clock, run):
    pay(buy(as_alice, mug).stripe_session_id)
    Checkout.objects.update(status=Status.PAID)  # as a restored backup might claim
    clock.shift(timedelta(days=2))

    run("--since", "12h")
    assert not Order.objects.exists()
    run("--since", "3d")
    assert Order.objects.exists()


@pytest.mark.parametrize("since", ["3", "d", "0x1d", "3 days", "99999d", "3D"])
def test_a_time_that_makes_no_sense_is_explained(run, since, db):
    with pytest.raises(CommandError, match="3d, 12h or 30m"):
        run("--since", since)


def test_the_sessions_of_another_shop_cost_no_call(as_alice, mug, buy, run):
    pay(buy(as_alice, mug).stripe_session_id)
    Checkout.objects.all().delete()
    Shop.objects.update(stripe_key=uuid4())
    with stripe_calls() as calls:
        assert run() == (NOTHING, 0)

    assert all(not call.path.endswith(call.response.get("id", "-")) for call in calls)


def test_when_stripe_is_down_the_rest_is_still_done_and_a_person_told(order, run):
    Order.objects.update(receipt_sent_at=None)
    inject_fault("GET", "/v1/checkout/sessions", "error_500", times=3)
    said, status = run()

    assert "1 receipts" in said
    assert "failed: 1" in said
    assert status == 1


def test_one_checkout_that_stripe_cannot_tell_about_does_not_stop_the_others(
    as_alice, as_bob, mug, buy, clock, run
):
    buy(as_alice, mug)
    Checkout.objects.update(status=Status.PROCESSING)
    buy(as_bob, mug)
    Checkout.objects.update(status=Status.OPEN)
    clock.shift(timedelta(minutes=41))
    inject_fault("GET", "/v1/checkout/sessions/{id}", "error_500", times=3)
    said, status = run()

    assert "1 checkouts" in said
    assert status == 1
    assert "1 checkouts" in run()[0]


def test_two_runs_at_once_do_everything_once(as_alice, mug, buy, clock, monkeypatch):
    Product.objects.update(stock=5)
    pay(buy(as_alice, mug, 2).stripe_session_id)
    clock.shift(timedelta(minutes=41))
    checkout_of = recording.checkout_of

    def the_other_run_first(session):
        monkeypatch.setattr(recording, "checkout_of", checkout_of)
        reconcile(timezone.now() - timedelta(days=3))
        return checkout_of(session)

    monkeypatch.setattr(recording, "checkout_of", the_other_run_first)
    reconcile(timezone.now() - timedelta(days=3))

    assert Order.objects.get().lines.count() == 1
    assert Product.objects.get().stock == 3
    assert len(mail.outbox) == 1


def test_a_terminal_sees_a_progress_bar(order, monkeypatch, capsys):
    Order.objects.update(receipt_sent_at=None)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    call_command("reconcile_stripe")

    shown = capsys.readouterr().err
    assert "receipts" in shown
    assert "[##############################] 1/1" in shown


def test_the_bar_grows(as_alice, as_bob, mug, buy, clock, monkeypatch, capsys):
    for client in (as_alice, as_bob):
        buy(client, mug)
    clock.shift(timedelta(minutes=41))
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    call_command("reconcile_stripe")

    assert "[###############               ] 1/2" in capsys.readouterr().err


def test_progress_is_shown_step_by_step(order):
    Order.objects.update(receipt_sent_at=None)
    seen = []
    report = reconcile(timezone.now(), progress=lambda *step: seen.append(step))

    assert seen == [("receipts", 1, 1)]
    assert report.repaired["receipts"] == 1


@pytest.mark.skipif(connection.vendor != "sqlite", reason="reads the plans of SQLite")
def test_no_search_reads_a_whole_table(order, alice):
    Refund.objects.create(order=order, amount_cents=100)
    with CaptureQueriesContext(connection) as queries:
        reconcile(timezone.now() - timedelta(days=3))
        webhook_health()

    searches = [query["sql"] for query in queries if query["sql"].startswith("SELECT")]
    plans = [(step, sql) for sql in searches for step in plan(sql)]
    assert len(plans) > len(searches) > 10
    # These hold only what is due, what failed, what is still open, who waits, and sales.
    names = ("receipts_due", "parcel_mails_due", "refund_mails_due", "unhandled_events")
    short = tuple(
        f"INDEX {name}" for name in (*names, "open_disputes", "who_waits", "sales_by_end")
    )
    assert [(step, sql) for step, sql in plans if "SCAN" in step and not step.endswith(short)] == []


def plan(sql: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN QUERY PLAN " + sql.replace("%", "%%"))
        return [row[3] for row in cursor.fetchall()]


def test_the_cost_does_not_grow_with_the_age_of_the_shop(
    order, alice, django_assert_max_num_queries
):
    Order.objects.bulk_create(
        Order(
            user=alice,
            number=f"NUMBER{n:02}",
            stripe_session_id=f"cs_test_{n}",
            stripe_payment_intent_id=f"pi_{n}",
            currency="usd",
            subtotal_cents=100,
            total_cents=100,
            paid_at=order.paid_at - timedelta(days=300),
            receipt_sent_at=order.paid_at,
        )
        for n in range(50)
    )
    with stripe_calls() as calls, django_assert_max_num_queries(26):
        reconcile(timezone.now() - timedelta(days=3))

    assert len(calls) == 5
