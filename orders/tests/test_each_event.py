"""Each event is enough on its own: all the others may be lost."""

import json

import pytest

from orders.events import HANDLERS
from orders.models import Order
from orders.recording import record_order
from orders.tests.test_webhook import event, post, signed
from shop.models import Checkout
from stripe_simulator.testing import (
    early_fraud_warning,
    expire,
    open_dispute,
    pay,
    refund_at_stripe,
    set_webhooks,
    settle,
)

Status = Checkout.Status
SESSIONS = {
    "checkout.session.completed": Status.PAID,
    "checkout.session.async_payment_succeeded": Status.PAID,
    "checkout.session.async_payment_failed": Status.EXPIRED,
    "checkout.session.expired": Status.EXPIRED,
}
REFUNDS = ["charge.refunded", "refund.created", "refund.updated", "refund.failed"]
DISPUTES = [
    f"charge.dispute.{what}"
    for what in ("created", "updated", "closed", "funds_withdrawn", "funds_reinstated")
]
WARNINGS = ["radar.early_fraud_warning.created"]


@pytest.fixture
def checkout(as_alice, mug, buy, own_world) -> Checkout:
    set_webhooks("lost")
    return buy(as_alice, mug, 2)


@pytest.fixture
def order(checkout) -> Order:
    pay(checkout.stripe_session_id)
    return record_order(checkout.stripe_session_id)


def tell(kind: str, subject: dict[str, object]) -> None:
    payload = event("", kind, data={"object": json.loads(json.dumps(subject))})
    assert post(payload, signed(payload)).status_code == 200


def test_every_event_that_is_handled_is_tried_here():
    assert {*SESSIONS, *REFUNDS, *DISPUTES, *WARNINGS} == set(HANDLERS)


@pytest.mark.parametrize("kind", SESSIONS)
def test_an_event_of_a_session_brings_its_checkout_to_its_end(checkout, kind):
    session_id = checkout.stripe_session_id
    if kind == "checkout.session.expired":
        expire(session_id)
    else:
        pay(session_id, delayed="async" in kind)
    if "async" in kind:
        settle(session_id, ok="succeeded" in kind)
    tell(kind, {"id": session_id})

    checkout.refresh_from_db()
    assert checkout.status == SESSIONS[kind]


@pytest.mark.parametrize("kind", REFUNDS)
def test_an_event_of_a_refund_counts_it(order, kind):
    refund = refund_at_stripe(order.stripe_payment_intent_id, 500)
    tell(kind, {"id": refund["id"], "payment_intent": order.stripe_payment_intent_id})

    order.refresh_from_db()
    assert order.refunded_cents == 500


@pytest.mark.parametrize("kind", DISPUTES)
def test_an_event_of_a_dispute_flags_the_order(order, kind):
    dispute = open_dispute(order.stripe_payment_intent_id)
    tell(kind, {"id": dispute["id"], "payment_intent": order.stripe_payment_intent_id})

    order.refresh_from_db()
    assert order.disputed


@pytest.mark.parametrize("kind", WARNINGS)
def test_an_event_of_a_warning_asks_for_a_review(order, kind):
    early_fraud_warning(order.stripe_payment_intent_id)
    tell(kind, {"id": "issfr_1", "payment_intent": order.stripe_payment_intent_id})

    order.refresh_from_db()
    assert "may be fraudulent" in order.review_reason
