"""Each act on an order, a refund, a mail or an event leaves all others as they are."""

from uuid import uuid4

import pytest
from django.core import mail
from django.utils import timezone

from orders import mails
from orders.cancelling import cancel
from orders.correcting import CorrectForm, correct
from orders.disputes import sync_disputes, sync_fraud_warning
from orders.models import Dispute, Order, Refund, RefusedAddress, StripeEvent, WebhookRefusal
from orders.reconcile import reconcile
from orders.refunds import refund, sync_refunds
from shop.models import BackInStockRequest, Checkout
from shop.payments import PaymentError, PaymentRefused
from shop.stripe_objects import Event
from stripe_simulator.testing import (
    early_fraud_warning,
    inject_fault,
    move_dispute,
    open_dispute,
    pay,
    refund_at_stripe,
    set_webhooks,
)
from tests.pages import read, told

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


def test_a_refund_that_is_heard_of_first_records_its_own_payment(as_alice, as_bob, alice, mug, buy):
    set_webhooks("lost")
    payment_ids = [
        pay(buy(client, mug).stripe_session_id)["payment_intent"] for client in (as_alice, as_bob)
    ]
    refund_at_stripe(payment_ids[0], 500)
    assert sync_refunds(payment_ids[0])

    assert Order.objects.get().user == alice


def test_a_refund_changes_no_other_order(two):
    alices, bobs = two
    before = row(bobs)
    refund(alices, 700, "", uuid4())
    assert not sync_refunds(bobs.stripe_payment_intent_id)

    assert row(bobs) == before


def test_a_dispute_and_a_warning_are_of_one_order_alone(two):
    alices, bobs = two
    before = row(bobs)
    open_dispute(alices.stripe_payment_intent_id)
    early_fraud_warning(alices.stripe_payment_intent_id)
    assert sync_disputes(alices.stripe_payment_intent_id)
    assert sync_fraud_warning(alices.stripe_payment_intent_id)
    assert not sync_disputes(bobs.stripe_payment_intent_id)
    assert not sync_fraud_warning(bobs.stripe_payment_intent_id)

    assert row(bobs) == before


def test_a_question_of_the_bank_and_the_dispute_that_follows_are_told_apart(two):
    alices, _ = two
    for act in (
        lambda payment_id: open_dispute(payment_id, status="warning_needs_response"),
        lambda payment_id: move_dispute(payment_id, "warning_closed"),
        open_dispute,
    ):
        act(alices.stripe_payment_intent_id)
        sync_disputes(alices.stripe_payment_intent_id)

    statuses = Dispute.objects.values_list("status", flat=True)
    assert sorted(statuses) == ["needs_response", "warning_closed"]


def test_a_review_is_resolved_for_its_order_alone(two):
    alices, bobs = two
    Order.objects.update(needs_review=True, review_reason="Look at it.")
    before = row(bobs)
    assert alices.resolve("Looked.", reasons_read=1)

    assert row(bobs) == before


def test_a_parcel_and_its_tracking_are_of_one_order_alone(two):
    alices, bobs = two
    before = row(bobs)
    assert alices.ship("1", "")
    assert alices.track("2", "")

    assert row(bobs) == before


def test_of_two_parcels_that_left_together_one_is_followed_anew_or_called_back(two):
    left_at = timezone.now()
    Order.objects.update(shipped_at=left_at)
    alices, bobs = two
    before = row(bobs)
    assert alices.track("2", "")
    assert alices.track("3", "", tell=True)
    assert alices.unship(left_at)

    assert row(bobs) == before


def test_an_order_is_cancelled_alone(two):
    alices, bobs = two
    before = row(bobs)
    assert cancel(alices, "duplicate", uuid4(), put_back=True)

    assert row(bobs) == before
    assert [refund.order for refund in Refund.objects.all()] == [alices]


def test_an_address_is_corrected_in_its_order_alone(two):
    Order.objects.update(email="typo@example.com")  # as of one who buys twice
    alices, bobs = two
    before = row(bobs)
    alices.refresh_from_db()
    form = CorrectForm(alices, {"email": "right@example.com", "initial-email": alices.email})
    assert form.is_valid()
    assert correct(alices, form)

    assert row(bobs) == before


TITLES = {
    "ship": "Tracking of order {}",
    "unship": "Order {} not shipped after all",
    "correct": "Correct order {}",
    "refund": "Refund order {}",
    "cancel": "Cancel order {}",
    "resolve": "Review of order {}",
}


@pytest.mark.parametrize("act", TITLES)
def test_each_page_of_staff_is_about_the_order_in_its_address(two, as_staff, act):
    Order.objects.update(shipped_at=timezone.now(), needs_review=True, review_reason="Look at it.")
    for order in two:
        page = as_staff.get(f"/admin/orders/order/{order.pk}/{act}/")
        assert read(page, "head").title.startswith(f"{TITLES[act].format(order)} | ")


def test_that_another_order_can_still_be_shipped_is_no_news_of_a_cancelled_one(two, as_staff):
    alices, _ = two
    Order.objects.filter(pk=alices.pk).update(cancelled_at=timezone.now())
    done = as_staff.post(f"/admin/orders/order/{alices.pk}/ship/", {"carrier": ""}, follow=True)

    assert told(done) == [f"Order {alices} was cancelled: it is not shipped."]


def test_a_receipt_is_sent_and_noted_for_its_order_alone(two):
    alices, bobs = two
    Order.objects.update(email=alices.email)  # as of one who buys twice
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
def test_word_of_a_parcel_and_of_a_refund_is_of_one_alone(two, settings, backend):
    for order in two:
        order.ship("", "")
        refund(order, 500, "", uuid4())
    alices, bobs = two
    before = row(bobs), Refund.objects.filter(order=bobs).values().get()
    settings.EMAIL_BACKEND = backend or settings.EMAIL_BACKEND
    for is_told in (mails.on_its_way(alices.pk), mails.refunded(alices.refunds.get().pk)):
        assert is_told is (backend is None)

    assert (row(bobs), Refund.objects.filter(order=bobs).values().get()) == before


@pytest.mark.parametrize("backend", [REFUSING, None])
def test_word_of_a_cancelled_order_is_of_it_alone(two, settings, backend):
    alices, bobs = two
    Order.objects.update(cancelled_at=timezone.now(), cancel_mail_due_at=timezone.now())
    before = row(bobs)
    settings.EMAIL_BACKEND = backend or settings.EMAIL_BACKEND
    assert mails.cancelled(alices.pk) is (backend is None)

    assert row(bobs) == before


def test_word_of_stock_is_of_one_wish_alone(two, alice, bob, mug):
    alices, bobs = (user.back_in_stock_requests.create(product=mug) for user in (alice, bob))
    assert mails.back_in_stock(bobs.pk)

    assert BackInStockRequest.objects.get() == alices
    assert BackInStockRequest.objects.get().claimed_at is None
    assert [message.to for message in mail.outbox] == [["bob@example.com"]]


def test_an_address_that_takes_a_mail_again_frees_no_other(two):
    for address in ("alice@example.com", "carol@example.com"):
        RefusedAddress.note(address)
    assert mails.send_receipt(two[0].pk)

    assert RefusedAddress.objects.get().email == "carol@example.com"


def test_an_address_that_is_refused_keeps_no_other_from_its_mail(two):
    RefusedAddress.note("alice@example.com")
    reconcile(timezone.now())

    assert [message.to for message in mail.outbox] == [["bob@example.com"]]


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
