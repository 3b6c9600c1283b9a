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
from shop import payments
from shop.payments import PaymentError, PaymentRefused
from stripe_simulator import store
from stripe_simulator.testing import (
    edit_metadata,
    foreign_refund,
    inject_fault,
    open_dispute,
    refund_at_stripe,
    set_webhooks,
)
from tests.recorded import stripe_calls


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


def test_another_tools_refund_of_the_same_amount_with_another_id_is_not_ours(order):
    begin(order, "connect_timeout")
    foreign_refund(
        {"refund": str(uuid4())}, payment_intent_id=order.stripe_payment_intent_id, amount=3000
    )
    refunds.sync_refunds(order.stripe_payment_intent_id)

    ours = Refund.objects.get(reason="duplicate")
    assert (ours.stripe_refund_id, Refund.objects.count()) == (None, 2)


def test_a_refund_with_the_metadata_of_one_that_was_made_is_another_one(order):
    ours = refund(order, 3000, "duplicate", uuid4())
    foreign_refund(
        {"refund": str(ours.pk)}, payment_intent_id=order.stripe_payment_intent_id, amount=3000
    )
    refunds.sync_refunds(order.stripe_payment_intent_id)

    order.refresh_from_db()
    assert order.refunded_cents == 6000


def test_a_refund_that_is_clicked_again_a_day_later_was_made_once(order):
    """Stripe has forgotten the key by then."""
    begin(order, "read_timeout_after")
    with time_machine.travel(timezone.now() + timedelta(hours=25)):
        again = refund(order, 3000, "duplicate", Refund.objects.get().pk)

    assert again.status == "succeeded"
    assert len(stripe_refunds()) == 1


@pytest.mark.parametrize("is_refused", [False, True])
def test_what_stripe_says_of_one_refund_it_says_of_no_other(order, is_refused):
    begin(order, "connect_timeout")
    if is_refused:
        inject_fault("POST", "/v1/refunds", "error_403")
        with pytest.raises(PaymentRefused):
            refund(order, 500, "", uuid4())
    else:
        refund(order, 500, "", uuid4())

    waiting = Refund.objects.get(amount_cents=3000)
    assert (waiting.stripe_refund_id, waiting.status) == (None, "pending")


def test_a_refund_that_is_refused_at_once_is_not_for_review(order):
    """Whoever asked for it reads so on the page."""
    inject_fault("POST", "/v1/refunds", "error_403")
    with pytest.raises(PaymentRefused):
        refund(order, 500, "", uuid4())

    order.refresh_from_db()
    assert not order.needs_review


def test_a_refund_that_was_refused_is_not_sent_again(order):
    inject_fault("POST", "/v1/refunds", "error_403")
    refund_id = uuid4()
    with pytest.raises(PaymentRefused):
        refund(order, 500, "", refund_id)
    with stripe_calls() as calls, pytest.raises(PaymentRefused):
        refund(order, 500, "", refund_id)

    assert not calls


def test_a_refund_whose_answer_is_awaited_is_not_called_unknown(order):
    begin(order, "connect_timeout")
    refunds.sync_refunds(order.stripe_payment_intent_id)

    order.refresh_from_db()
    assert not order.review_reason


def test_a_refund_is_counted_also_where_stripes_list_cannot_be_read(order):
    inject_fault("GET", "/v1/refunds", "connect_timeout", times=3)
    with pytest.raises(PaymentError):
        refund(order, 500, "", uuid4())

    order.refresh_from_db()
    assert order.refunded_cents == 500


def test_what_has_no_payment_has_no_order(order):
    with stripe_calls() as calls:
        assert not refunds.sync_refunds("")

    assert not calls


# While Stripe makes a refund, another request writes something down


@pytest.fixture
def meanwhile(monkeypatch):
    """Let this happen between Stripe's act and our note of it."""

    def happen(name, act) -> None:
        call = getattr(payments, name)

        def overtaken(*args):
            answer = call(*args)
            monkeypatch.setattr(payments, name, call)
            act()
            return answer

        monkeypatch.setattr(payments, name, overtaken)

    return happen


def test_a_refund_that_an_event_tells_of_before_the_answer_stays_what_it_is(order, meanwhile):
    def an_event_comes_and_then_nothing_more() -> None:
        refunds.sync_refunds(order.stripe_payment_intent_id)
        inject_fault("GET", "/v1/refunds", "connect_timeout", times=3)

    meanwhile("create_refund", an_event_comes_and_then_nothing_more)
    refund_id = uuid4()
    with pytest.raises(PaymentError):
        refund(order, 500, "", refund_id)

    only = Refund.objects.get()
    assert (only.pk, only.status) == (refund_id, "succeeded")


def test_a_refund_that_was_called_refused_before_its_answer_came_counts(order, meanwhile):
    meanwhile("create_refund", lambda: refunds.fail_unsent(Refund.objects.get(), for_review=False))

    assert refund(order, 500, "", uuid4()).status == "succeeded"


def test_a_refund_that_stripe_lists_is_not_called_refused(order, meanwhile):
    def refuse() -> None:
        refunds.sync_refunds(order.stripe_payment_intent_id)
        raise PaymentRefused("no")

    meanwhile("create_refund", refuse)
    with pytest.raises(PaymentRefused):
        refund(order, 500, "", uuid4())

    assert Refund.objects.get().status == "succeeded"


def test_a_refund_that_another_request_found_refused_is_not_sent_again(order, meanwhile):
    begin(order, "connect_timeout")
    unsent = Refund.objects.get()
    meanwhile("list_refunds", lambda: refunds.fail_unsent(unsent, for_review=False))
    refunds.finish_refund(unsent)

    assert not stripe_refunds()


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
