"""Each act on an order, a refund, a mail or an event leaves all others as they are."""

from uuid import uuid4

import pytest
from django.core import mail
from django.utils import timezone

from orders import mails
from orders.models import Order, Refund, StripeEvent, WebhookRefusal
from orders.refunds import refund
from shop.models import Checkout
from shop.payments import PaymentError, PaymentRefused
from shop.stripe_objects import Event
from stripe_simulator.testing import inject_fault, refund_at_stripe, set_webhooks

REFUSING = "orders.tests.test_mails.RefusingBackend"


@pytest.fixture
def two(as_alice, as_bob, mug, purchase) -> tuple[Order, Order]:
    """Alice's order and Bob's, whose receipts are due."""
    set_webhooks("lost")
    return purchase(as_alice, mug), purchase(as_bob, mug)


def row(order: Order) -> dict[str, object]:
    return Order.objects.filter(pk=order.pk).values().get()


def test_a_refund_that_is_refused_fails_no_other(two):
    alices, bobs = two
    inject_fault("POST", "/v1/refunds", "connect_timeout", times=3)
    with pytest.raises(PaymentError):
        refund(bobs, 500, "", uuid4())
    refund_at_stripe(alices.stripe_payment_intent_id)
    with pytest.raises(PaymentRefused):
        refund(alices, 700, "", uuid4())

    assert dict(Refund.objects.values_list("amount_cents", "status")) == {
        500: "pending",
        700: "failed",
    }


def test_a_refund_changes_no_other_order(two):
    alices, bobs = two
    before = row(bobs)
    refund(alices, 700, "", uuid4())

    assert row(bobs) == before


def test_a_receipt_is_sent_and_noted_for_its_order_alone(two):
    alices, bobs = two
    before = row(bobs)
    assert mails.send_receipt(alices.pk)

    assert row(bobs) == before
    assert [message.to for message in mail.outbox] == [["alice@example.com"]]


def test_a_receipt_that_was_refused_frees_no_other_claim(two, settings):
    alices, bobs = two
    Order.objects.filter(pk=bobs.pk).update(receipt_claimed_at=timezone.now())
    before = row(bobs)
    settings.EMAIL_BACKEND = REFUSING
    assert not mails.send_receipt(alices.pk)

    assert row(bobs) == before


def test_a_receipt_that_is_sent_again_marks_no_other(two):
    alices, bobs = two
    before = row(bobs)
    assert mails.resend_receipt(alices)

    assert row(bobs) == before


@pytest.mark.parametrize("backend", [REFUSING, None])
def test_word_of_a_failed_payment_is_of_its_checkout_alone(
    as_alice, as_bob, mug, buy, settings, backend
):
    alices, bobs = buy(as_alice, mug), buy(as_bob, mug)
    Checkout.objects.update(payment_failed_at=timezone.now())
    told_at = None if backend is None else timezone.now()
    Checkout.objects.filter(pk=bobs.pk).update(failure_told_at=told_at)
    settings.EMAIL_BACKEND = backend or settings.EMAIL_BACKEND
    assert mails.payment_failed(alices.pk) is (backend is None)

    bobs.refresh_from_db()
    assert bobs.failure_told_at == told_at


@pytest.fixture
def failed(db) -> tuple[Event, Event]:
    events = Event("evt_1", "refund.created", "re_1"), Event("evt_2", "refund.created", "re_2")
    for event in events:
        StripeEvent.objects.remember_failure(event, ValueError(event.id))
    return events


def test_an_event_that_is_handled_handles_no_other(failed):
    assert StripeEvent.objects.remember(failed[0])

    other = StripeEvent.objects.get(stripe_event_id="evt_2")
    assert (other.handled_at, other.error) == (None, "ValueError: evt_2")


def test_an_event_that_fails_again_keeps_the_error_of_every_other(failed):
    StripeEvent.objects.remember_failure(failed[0], KeyError("again"))

    errors = StripeEvent.objects.order_by("pk").values_list("error", flat=True)
    assert list(errors) == ["KeyError: 'again'", "ValueError: evt_2"]


def test_each_kind_of_refusal_is_counted_apart(db):
    for kind in ("signature", "mode", "mode"):
        WebhookRefusal.count_one(kind)

    assert dict(WebhookRefusal.objects.values_list("kind", "count")) == {"signature": 1, "mode": 2}
