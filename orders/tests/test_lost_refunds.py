"""Refunds of which nothing more would be heard: each ends, or the order says what to do."""

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.utils import timezone

from orders import refunds
from orders.models import Order, Refund
from orders.reconcile import reconcile
from orders.refunds import refund
from shop.payments import PaymentError
from stripe_simulator import store
from stripe_simulator.testing import (
    edit_metadata,
    foreign_refund,
    inject_fault,
    open_dispute,
    refund_at_stripe,
    set_webhooks,
)


@pytest.fixture
def order(as_alice, mug, purchase) -> Order:
    """Five mugs for $95.00."""
    set_webhooks("lost")
    return purchase(as_alice, mug, 5)


def run() -> dict[str, int]:
    """Everything that a run repaired."""
    report = reconcile(timezone.now() - timedelta(days=3))
    assert not report.failures
    return +report.repaired


def begin(order: Order, fault: str, amount_cents: int = 3000) -> None:
    """A refund whose answer does not come: staff read that it is pending."""
    inject_fault("POST", "/v1/refunds", fault, times=3)
    with pytest.raises(PaymentError):
        refund(order, amount_cents, "duplicate", uuid4())


def test_a_pending_refund_that_the_dashboard_overtook_fails_and_is_for_review(order):
    begin(order, "connect_timeout")
    refund_at_stripe(order.stripe_payment_intent_id, 9500)
    run()

    order.refresh_from_db()
    assert order.refunded_cents == 9500
    assert Refund.objects.get(amount_cents=3000).status == "failed"
    assert "The refund of $30.00" in order.review_reason
    assert "was not made" in order.review_reason
    assert not run()


def test_that_a_refund_was_not_made_is_written_together_with_its_end(order, monkeypatch):
    """A process that dies in between would leave nothing that asks for anybody."""
    begin(order, "connect_timeout")
    open_dispute(order.stripe_payment_intent_id)  # what is disputed cannot be refunded
    monkeypatch.setattr(Order, "ask_for_review", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        refunds.finish_refund(Refund.objects.get())

    assert Refund.objects.get().status == "pending"


def test_two_refunds_of_a_day_that_were_not_made_are_told_apart(order):
    with time_machine.travel("2026-11-20 12:00Z", tick=False) as clock:
        for _ in range(2):
            begin(order, "connect_timeout")
            clock.shift(timedelta(minutes=5))
        refund_at_stripe(order.stripe_payment_intent_id, 9500)
        run()

    order.refresh_from_db()
    assert order.review_reason.count("was not made") == 2


def test_an_answer_names_our_refund_also_when_its_metadata_is_gone(order):
    begin(order, "read_timeout_after")
    made = next(row for row in stripe_refunds() if row["amount"] == 3000)
    edit_metadata(made["id"], {"refund": ""})
    run()

    only = Refund.objects.get()
    assert (only.stripe_refund_id, only.status) == (made["id"], "succeeded")
    assert not run()


def test_a_refund_without_metadata_is_not_sent_again_a_day_later(order):
    begin(order, "read_timeout_after")
    edit_metadata(stripe_refunds()[0]["id"], {"refund": ""})
    run()
    with time_machine.travel(timezone.now() + timedelta(hours=25)):
        run()

    assert len(stripe_refunds()) == 1


def test_another_tools_refund_with_our_id_and_another_amount_is_not_ours(order):
    begin(order, "connect_timeout")
    foreign_refund(
        {"refund": str(Refund.objects.get().pk)},
        payment_intent_id=order.stripe_payment_intent_id,
        amount=100,
    )
    run()

    assert sorted(Refund.objects.values_list("amount_cents", "status")) == [
        (100, "succeeded"),
        (3000, "succeeded"),
    ]
    order.refresh_from_db()
    assert order.refunded_cents == 3100


def test_a_refund_under_way_in_an_account_that_is_out_of_reach_is_for_review(order):
    made = refund_at_stripe(order.stripe_payment_intent_id, 1000, pending=True)
    run()
    forget_everything()
    run()

    order.refresh_from_db()
    assert made["id"] in order.review_reason
    assert not run()


@pytest.mark.parametrize("status", ["warning_under_review", "needs_response"])
def test_a_dispute_open_in_an_account_that_is_out_of_reach_is_for_review(order, status):
    dispute = open_dispute(order.stripe_payment_intent_id, status=status)
    run()
    forget_everything()
    run()

    order.refresh_from_db()
    assert dispute["id"] in order.review_reason
    assert not run()


def test_a_refund_that_is_still_in_stripes_list_is_not_called_unknown(order):
    refund_at_stripe(order.stripe_payment_intent_id, 1000, pending=True)
    for _ in range(2):
        refunds.sync_refunds(order.stripe_payment_intent_id)

    order.refresh_from_db()
    assert not order.review_reason


def stripe_refunds() -> list[store.Document]:
    with store.transaction() as db:
        return db.find("refund")


def forget_everything() -> None:
    """Another key is set, or Stripe's test data were deleted."""
    with store.transaction() as db:
        db.execute("DELETE FROM objects")
