"""The moments between two lines of code, made to happen: another act runs just there."""

import dataclasses
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from orders import events, recording, refunds
from orders.models import Order, Refund, StripeEvent
from orders.reconcile import reconcile
from orders.recording import record_order
from shop import payments
from shop.models import Checkout
from shop.stripe_objects import Event, State
from stripe_simulator.testing import expire, fail_refund, open_dispute, refund_at_stripe


@pytest.fixture
def order(paid) -> Order:
    """Of Alice's two mugs, and no event came yet."""
    return record_order(paid.stripe_session_id)


@pytest.fixture
def twice_at_once(monkeypatch):
    """Deliver an event while its first delivery is asking Stripe."""

    def deliver(event: Event, name: str) -> None:
        ask = getattr(payments, name)

        def asked_by_the_first(*args):
            monkeypatch.setattr(payments, name, ask)
            events.handle(event)
            return ask(*args)

        monkeypatch.setattr(payments, name, asked_by_the_first)
        events.handle(event)

    return deliver


def test_an_event_delivered_twice_at_once_is_handled_once(paid, twice_at_once):
    event = Event("evt_1", "checkout.session.completed", paid.stripe_session_id)
    twice_at_once(event, "retrieve_session")

    assert Order.objects.count() == StripeEvent.objects.count() == 1


def test_an_event_that_is_handled_stays_handled(db):
    """Whatever another delivery, slower than the one that handled it, has to say."""
    event = Event("evt_1", "refund.created", "re_1")
    assert StripeEvent.objects.remember(event)
    before = StripeEvent.objects.values().get()
    assert not StripeEvent.objects.remember(event)
    StripeEvent.objects.remember_failure(event, ValueError("too late"))

    assert StripeEvent.objects.values().get() == before


def test_a_refund_delivered_twice_at_once_is_counted_once(order, twice_at_once):
    refund_at_stripe(order.stripe_payment_intent_id, 1000)
    event = Event("evt_1", "refund.created", "re_1", order.stripe_payment_intent_id)
    twice_at_once(event, "list_refunds")

    assert Refund.objects.count() == StripeEvent.objects.count() == 1


def test_a_dispute_delivered_twice_at_once_is_noted_once(order, twice_at_once):
    open_dispute(order.stripe_payment_intent_id)
    event = Event("evt_1", "charge.dispute.created", "du_1", order.stripe_payment_intent_id)
    twice_at_once(event, "list_disputes")

    order.refresh_from_db()
    assert order.review_reason.count("disputes") == 1


def test_a_stale_look_at_stripe_does_not_bring_a_refund_back(order, monkeypatch):
    """One delivery reads "succeeded", sleeps, and wakes after another one wrote "failed"."""
    made = refund_at_stripe(order.stripe_payment_intent_id, 1000)
    list_refunds = payments.list_refunds

    def overtaken(payment_id):
        seen = list_refunds(payment_id)
        monkeypatch.setattr(payments, "list_refunds", list_refunds)
        fail_refund(made["id"])
        refunds.sync_refunds(payment_id)
        return seen

    monkeypatch.setattr(payments, "list_refunds", overtaken)
    refunds.sync_refunds(order.stripe_payment_intent_id)

    assert Refund.objects.get().status == "failed"
    order.refresh_from_db()
    assert order.refunded_cents == 0


@pytest.mark.parametrize("hears_of_it", [True, False])
def test_a_refund_that_the_dashboard_overtook_counts_when_stripe_takes_it_after_all(
    order, monkeypatch, hears_of_it
):
    """While ours is on its way the dashboard refunds everything, and that refund then fails."""
    payment_id = order.stripe_payment_intent_id
    create_refund = payments.create_refund

    def overtaken(*args):
        in_the_dashboard = refund_at_stripe(payment_id, 3800)
        refunds.sync_refunds(payment_id)
        assert Order.objects.get().refunded_cents == 3800
        fail_refund(in_the_dashboard["id"])
        if hears_of_it:
            refunds.sync_refunds(payment_id)
        return create_refund(*args)

    monkeypatch.setattr(payments, "create_refund", overtaken)
    ours = refunds.refund(order, 1000, "", uuid4())

    assert ours.status == "succeeded"
    order.refresh_from_db()
    assert order.refunded_cents == 1000
    report = reconcile(timezone.now() - timedelta(days=3))
    assert not report.repaired["refunds"]


@pytest.fixture
def stripe_says(monkeypatch):
    """Make Stripe's answer about a session say something else than the simulator would."""

    def say(**values: object) -> None:
        retrieve = payments.retrieve_session
        monkeypatch.setattr(
            payments,
            "retrieve_session",
            lambda id_: dataclasses.replace(retrieve(id_), **values),
        )

    return say


@pytest.mark.parametrize(("total_cents", "tax_cents"), [(3799, 0), (3799, 304), (4105, 304)])
def test_a_total_that_is_not_the_sum_of_its_parts_is_recorded_and_reviewed(
    paid, stripe_says, total_cents, tax_cents
):
    stripe_says(total_cents=total_cents, tax_cents=tax_cents)
    order = record_order(paid.stripe_session_id)

    assert order.total_cents == total_cents
    assert "is not the sum of its parts" in order.review_reason


@pytest.mark.parametrize("total_cents", [4104, 3800])
def test_tax_on_top_of_the_prices_or_within_them_is_no_difference(paid, stripe_says, total_cents):
    stripe_says(total_cents=total_cents, tax_cents=304)

    assert not record_order(paid.stripe_session_id).needs_review


def test_an_unpaid_session_of_ours_without_a_checkout_is_no_order(as_alice, mug, buy):
    session_id = buy(as_alice, mug).stripe_session_id
    Checkout.objects.all().delete()
    assert record_order(session_id) is None

    expire(session_id)
    assert record_order(session_id) is None


def test_an_order_whose_session_ended_without_money_is_refused(paid):
    """The paid check itself: complete at Stripe is not paid."""
    complete = payments.retrieve_session(paid.stripe_session_id)
    unpaid = dataclasses.replace(complete, state=State.PROCESSING)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(payments, "retrieve_session", lambda id_: unpaid)
        assert recording.record_order(paid.stripe_session_id) is None

    assert not Order.objects.exists()
    paid.refresh_from_db()
    assert paid.status == Checkout.Status.PROCESSING
