"""One thing that the reconciler cannot repair keeps it from nothing else."""

import logging
from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.core.management import call_command
from django.db import DatabaseError
from django.test import Client
from django.utils import timezone

from accounts.models import User
from orders.cancelling import cancel
from orders.models import Order
from orders.reconcile import STEPS, Act, reconcile
from orders.recording import record_order
from orders.refunds import refund
from shop.models import Checkout, Product
from shop.payments import PaymentError
from stripe_simulator.testing import (
    early_fraud_warning,
    inject_fault,
    open_dispute,
    pay,
    refund_at_stripe,
    set_webhooks,
    settle,
)
from tests.people import logged_in

ERRORS = [RuntimeError, DatabaseError, PaymentError]


@pytest.fixture(autouse=True)
def webhook_down(own_world):
    set_webhooks("lost")


@pytest.fixture(autouse=True)
def one_connection(monkeypatch):
    """A test's transaction needs the connection that a failure closes."""
    monkeypatch.setattr("orders.reconcile.close_old_connections", lambda: None)


@pytest.fixture
def clock():
    with time_machine.travel("2026-11-20 12:00Z", tick=False) as clock:
        yield clock


@pytest.fixture
def shoppers(db) -> list[Client]:
    names = [("ann", "ann@example.com"), ("ben", "ben@example.com")]
    return [logged_in(User.objects.create_user(name, email)) for name, email in names]


def run():
    return reconcile(timezone.now() - timedelta(days=3))


# Two things to do for each step


@pytest.fixture
def two(shoppers, mug, buy, purchase, clock) -> dict[str, Callable[[], None]]:
    def orders() -> list[Order]:
        found = [purchase(client, mug) for client in shoppers]
        Order.objects.update(receipt_sent_at=timezone.now())
        return found

    def checkouts() -> None:
        for client in shoppers:
            buy(client, mug)
        clock.shift(timedelta(minutes=41))

    def payments() -> None:
        for client in shoppers:
            pay(buy(client, mug).stripe_session_id)

    def strays() -> None:
        for client in shoppers:
            inject_fault("POST", "/v1/checkout/sessions", "error_500_after")
            client.post(f"/checkout/{mug.pk}/", {"quantity": 1})

    def refunds() -> None:
        for order in orders():
            refund_at_stripe(order.stripe_payment_intent_id, 500)

    def unsent_refunds() -> None:
        for order in orders():
            inject_fault("POST", "/v1/refunds", "connect_timeout", times=3)
            with pytest.raises(PaymentError):
                refund(order, 500, "duplicate", uuid4())

    def disputes() -> None:
        for order in orders():
            open_dispute(order.stripe_payment_intent_id)

    def warnings() -> None:
        for order in orders():
            early_fraud_warning(order.stripe_payment_intent_id)

    def failures() -> None:
        for client in shoppers:
            session_id = buy(client, mug).stripe_session_id
            pay(session_id, delayed=True)
            settle(session_id, ok=False)
            record_order(session_id)

    def receipts() -> None:
        orders()
        Order.objects.update(receipt_sent_at=None)

    def wishes() -> None:
        for user in User.objects.filter(username__in=("ann", "ben")):
            user.back_in_stock_requests.create(product=mug)

    def parcels() -> None:
        for order in orders():
            order.ship("", "")

    def cancellations() -> None:
        for order in orders():
            cancel(order, "duplicate", uuid4(), put_back=False)

    def refund_mails() -> None:
        for order in orders():
            refund(order, 500, "duplicate", uuid4())

    def customers() -> None:
        for order in orders():
            User.objects.get(pk=order.user_id).delete()

    def sales() -> None:
        Product.objects.update(sale_price_cents=1)

    return {
        "checkouts": checkouts,
        "orders": payments,
        "stray sessions": strays,
        "refunds": refunds,
        "refunds finished": unsent_refunds,
        "disputes": disputes,
        "fraud warnings": warnings,
        "failed payments": failures,
        "receipts": receipts,
        "back in stock": wishes,
        "parcels": parcels,
        "cancellations": cancellations,
        "refund mails": refund_mails,
        "customers": customers,
        "sales": sales,
    }


@pytest.fixture
def due(as_alice, mug, purchase) -> Order:
    """An order whose receipt waits: it is sent, whatever happened to the other steps."""
    return purchase(as_alice, mug)


# What is done although the first act of a step fails. All sales are one act, and one receipt
# more was due.
DONE = {"receipts": 2, "sales": 0}


def poison(monkeypatch, step: str, error: type[Exception]) -> None:
    """The first act of a step raises, until the patch is undone."""
    find = STEPS[step]

    def poisoned(since):
        acts = list(find(since))

        def fail() -> bool:
            raise error("poisoned")

        return iter([Act(acts[0].reference, fail), *acts[1:]])

    monkeypatch.setitem(STEPS, step, poisoned)


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("step", STEPS)
def test_one_act_that_fails_keeps_no_other_from_being_done(
    two, due, step, error, monkeypatch, caplog
):
    two[step]()
    with monkeypatch.context() as patch:
        poison(patch, step, error)
        report = run()

    assert report.failures == 1
    assert report.repaired[step] == DONE.get(step, 1)
    due.refresh_from_db()
    others = Order.objects.exclude(receipt_sent_at=None)
    assert due in others or step == "receipts"
    # What Stripe failed is logged where it is asked.
    logged = [record for record in caplog.records if record.name == "orders.reconcile"]
    assert len(logged) == (error is not PaymentError)

    caplog.clear()
    report = run()
    assert (report.failures, report.repaired[step]) == (0, 1)
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("step", STEPS)
def test_a_step_that_cannot_even_look_keeps_no_other_from_being_done(due, step, error, monkeypatch):
    def cannot_look(since):
        raise error("poisoned")
        yield

    with monkeypatch.context() as patch:
        patch.setitem(STEPS, step, cannot_look)
        assert run().failures == 1

    due.refresh_from_db()
    assert bool(due.receipt_sent_at) is (step != "receipts")


def test_a_connection_that_may_be_broken_is_let_go_of(due, monkeypatch):
    closed = []
    monkeypatch.setattr("orders.reconcile.close_old_connections", lambda: closed.append(True))
    poison(monkeypatch, "receipts", DatabaseError)
    run()

    assert closed == [True]


def test_a_failure_is_logged_with_what_it_was_about_and_ends_in_status_1(
    two, monkeypatch, caplog, capsys
):
    two["checkouts"]()
    poison(monkeypatch, "checkouts", RuntimeError)
    with pytest.raises(SystemExit) as stopped:
        call_command("reconcile_stripe")

    assert stopped.value.code == 1
    assert "1 checkouts; failed: 1" in capsys.readouterr().out
    (line,) = [record.getMessage() for record in caplog.records]
    assert any(str(checkout.pk) in line for checkout in Checkout.objects.all())
