"""Moments so short that only a test meets them, and answers that Stripe seldom gives."""

from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest
import time_machine
from django.db import DatabaseError
from django.utils import timezone

import shop.models.checkout
from orders import events, recording, refunds
from orders.disputes import sync_disputes, sync_fraud_warning, write_fraud_warning
from orders.models import Order, StripeEvent
from orders.models.event import StripeEventQuerySet
from orders.reconcile import reconcile, settle
from orders.recording import record_order
from orders.refunds import sync_refunds
from orders.tests.test_webhook import event, post, signed
from shop import payments
from shop.models import Category, Checkout, Product
from stripe_simulator import store
from stripe_simulator.testing import (
    close_dispute,
    inject_fault,
    move_refund,
    open_dispute,
    pay,
    refund_at_stripe,
    set_webhooks,
)

Status = Checkout.Status


@pytest.fixture(autouse=True)
def webhook_down(own_world):
    set_webhooks("lost")


@pytest.fixture
def meanwhile(monkeypatch):
    """Let something happen once, just before or after the shop's next call of this name."""

    def happen(name, act, *, before=False):
        call = getattr(payments, name)

        def overtaken(*args):
            monkeypatch.setattr(payments, name, call)
            if before:
                act(*args)
                return call(*args)
            answer = call(*args)
            act(answer)
            return answer

        monkeypatch.setattr(payments, name, overtaken)

    return happen


def session_status(session_id: str) -> str:
    with store.transaction() as db:
        return db.require("checkout.session", session_id)["status"]


def test_a_page_that_another_request_gave_up_is_ended_and_a_new_one_offered(
    as_alice, mug, meanwhile
):
    sessions = []

    def given_up(session):
        sessions.append(session.id)
        Checkout.objects.get().release()

    meanwhile("create_session", given_up)
    response = as_alice.post(f"/checkout/{mug.pk}/", {"quantity": 1})

    assert response.status_code == 303
    offered = Checkout.objects.get(status=Status.OPEN).stripe_session_id
    assert offered in response.url
    assert session_status(sessions[0]) == "expired"


def test_a_page_that_was_given_up_and_cannot_be_ended_now_keeps_nobody_from_a_new_one(
    as_alice, mug, meanwhile
):
    def given_up(session):
        Checkout.objects.get().release()
        inject_fault("POST", "/v1/checkout/sessions/{id}/expire", "connect_timeout", times=3)

    meanwhile("create_session", given_up)

    assert as_alice.post(f"/checkout/{mug.pk}/", {"quantity": 1}).status_code == 303


def another_gets_it(session, refusal=payments.PaymentRefused):
    """Another request gets the session's address, and the answer to this one is a refusal."""
    Checkout.objects.get().store_session(session.id)
    raise refusal("no")


@pytest.mark.parametrize("refusal", [payments.PaymentRefused, payments.CustomerUnknown])
def test_a_page_that_another_request_got_is_not_given_up_for_a_refusal(
    as_alice, mug, meanwhile, refusal
):
    meanwhile("create_session", partial(another_gets_it, refusal=refusal))
    as_alice.post(f"/checkout/{mug.pk}/", {"quantity": 1})

    assert Checkout.objects.get().status == Status.OPEN


def test_a_page_that_another_request_got_is_ended_at_stripe_before_it_is_given_up(
    as_alice, mug, buy, meanwhile
):
    checkout = buy(as_alice, mug)
    Checkout.objects.update(stripe_session_id=None, expires_at=timezone.now())
    meanwhile("create_session", another_gets_it)
    report = reconcile(timezone.now() - timedelta(days=3))

    assert Checkout.objects.get().status == Status.EXPIRED
    assert session_status(checkout.stripe_session_id) == "expired"
    assert +report.repaired == {"checkouts": 1}  # and no session that had been forgotten


def test_a_checkout_whose_session_stripe_failed_to_make_is_given_up_by_the_reconciler(
    as_alice, mug
):
    inject_fault("POST", "/v1/checkout/sessions", "connect_timeout", times=3)
    as_alice.post(f"/checkout/{mug.pk}/", {"quantity": 1})
    Checkout.objects.update(expires_at=timezone.now())
    inject_fault("POST", "/v1/checkout/sessions", "error_500_saved")
    report = reconcile(timezone.now() - timedelta(days=3))

    assert (report.failures, +report.repaired) == (0, {"checkouts": 1})
    assert Checkout.objects.get().status == Status.EXPIRED


def test_a_page_that_was_paid_before_its_address_came_leads_to_the_order(as_alice, mug, meanwhile):
    def paid_and_recorded(session):
        pay(session.id)
        record_order(session.id)

    meanwhile("create_session", paid_and_recorded)
    response = as_alice.post(f"/checkout/{mug.pk}/", {"quantity": 1})

    order = Order.objects.get()
    assert response.url == f"/success/?session_id={order.stripe_session_id}"
    assert Checkout.objects.count() == 1


def test_a_payment_between_the_reconcilers_look_and_its_end_is_recorded(
    as_alice, mug, buy, meanwhile
):
    checkout = buy(as_alice, mug)
    Checkout.objects.update(expires_at=timezone.now())
    meanwhile("expire_session", pay, before=True)

    assert settle(checkout)
    assert Order.objects.get().stripe_session_id == checkout.stripe_session_id


def test_a_stray_session_that_is_paid_before_it_is_ended_becomes_an_order(as_alice, mug, meanwhile):
    inject_fault("POST", "/v1/checkout/sessions", "error_500_after")
    assert as_alice.post(f"/checkout/{mug.pk}/", {"quantity": 1}).status_code == 503
    meanwhile("expire_session", pay, before=True)
    report = reconcile(timezone.now() - timedelta(days=3))
    assert (report.failures, +report.repaired) == (0, {})
    reconcile(timezone.now() - timedelta(days=3))

    assert Order.objects.get().needs_review  # its stock had gone back


def test_an_order_of_many_products_is_rebuilt_whole(as_alice, alice):
    attic = Category.objects.create(name="Attic", slug="attic")
    for number in range(12):  # Stripe's answer holds ten lines; the rest are asked for
        product = Product.objects.create(
            name=f"Thing {number}", slug=f"thing-{number}", category=attic, price_cents=100
        )
        as_alice.post(f"/cart/add/{product.pk}/", {"quantity": 1})
    as_alice.post("/checkout/")
    session_id = Checkout.objects.get().stripe_session_id
    pay(session_id)
    Checkout.objects.all().delete()

    assert record_order(session_id).lines.count() == 12


@pytest.mark.parametrize("odd", ["", "..", "cs_test_", "cs_test_a/b", "cs_live_é"])
def test_what_is_no_id_of_a_session_never_reaches_stripe(db, odd):
    with pytest.raises(payments.SessionUnknown):
        payments.retrieve_session(odd)


def test_an_event_that_cannot_even_be_noted_is_delivered_again(
    as_alice, mug, buy, monkeypatch, caplog
):
    checkout = buy(as_alice, mug)
    pay(checkout.stripe_session_id)
    payload = event(checkout.stripe_session_id)

    def fail(*args):
        raise DatabaseError("disk full")

    with monkeypatch.context() as broken:
        broken.setattr(events, "ask_about", fail)
        broken.setattr(StripeEventQuerySet, "remember_failure", fail)
        assert post(payload, signed(payload)).status_code == 500
    assert "that could not be noted" in caplog.text
    assert not StripeEvent.objects.exists()

    assert post(payload, signed(payload)).status_code == 200
    assert Order.objects.count() == 1


def test_a_warning_or_dispute_of_someone_elses_payment_is_none_of_ours(db):
    assert not sync_fraud_warning("pi_of_another_tool")
    assert not sync_disputes("pi_of_another_tool")


def test_a_warning_that_stripe_took_back_flags_nothing(purchase, as_alice, mug):
    order = purchase(as_alice, mug)

    assert not write_fraud_warning(order, is_warned=False)
    order.refresh_from_db()
    assert not order.needs_review


def test_a_closed_dispute_that_stripe_no_longer_lists_is_history(purchase, as_alice, mug):
    order = purchase(as_alice, mug)
    with time_machine.travel(timezone.now(), tick=False):
        open_dispute(order.stripe_payment_intent_id)
        close_dispute(order.stripe_payment_intent_id, won=False)
        sync_disputes(order.stripe_payment_intent_id)
    with store.transaction() as db:
        db.execute("DELETE FROM objects WHERE object = 'dispute'")
    order.refresh_from_db()
    told = order.review_reason

    assert not sync_disputes(order.stripe_payment_intent_id)
    order.refresh_from_db()
    assert (order.review_reason, order.disputed) == (told, True)


# A process dies between two writes that belong together


@pytest.fixture
def dies(monkeypatch):
    """Let the shop get as far as this call, and no further; what it did first is done."""

    class Died(Exception):
        pass

    def die(owner, name, call=lambda *_, **__: None):
        def died(*args, **kwargs):
            call(*args, **kwargs)
            raise Died

        monkeypatch.setattr(owner, name, died)
        return pytest.raises(Died)

    return die


def test_an_order_is_written_with_its_lines_or_not_at_all(as_alice, mug, buy, dies):
    checkout = buy(as_alice, mug)
    pay(checkout.stripe_session_id)
    with dies(recording, "write_lines"):
        record_order(checkout.stripe_session_id)

    assert not Order.objects.exists()


def test_a_refund_is_written_whole_or_not_at_all(purchase, as_alice, mug, dies):
    order = purchase(as_alice, mug)
    with dies(refunds, "write_refund", refunds.write_refund):
        refunds.refund(order, 500, "", uuid4())

    assert not order.refunds.exists()


def test_stripes_answer_is_noted_with_what_is_in_stock_again_or_not_at_all(
    purchase, as_alice, mug, dies
):
    order = purchase(as_alice, mug)
    with dies(refunds, "put_back"):
        refunds.refund(order, 500, "", uuid4())

    assert order.refunds.get().stripe_refund_id is None


def test_a_refund_that_failed_is_noted_with_the_question_what_to_do(purchase, as_alice, mug, dies):
    order = purchase(as_alice, mug)
    made = refund_at_stripe(order.stripe_payment_intent_id, 500)
    sync_refunds(order.stripe_payment_intent_id)
    move_refund(made["id"], "failed")
    with dies(Order, "ask_for_review"):
        sync_refunds(order.stripe_payment_intent_id)

    assert order.refunds.get().status == "succeeded"


def test_a_dispute_is_noted_with_the_question_what_to_do(purchase, as_alice, mug, dies):
    order = purchase(as_alice, mug)
    open_dispute(order.stripe_payment_intent_id)
    with dies(Order, "ask_for_review"):
        sync_disputes(order.stripe_payment_intent_id)

    assert not order.disputes.exists()


@pytest.mark.parametrize("ends", ["fail", "release_unknown"])
def test_a_checkout_ends_with_word_of_why_or_not_at_all(as_alice, mug, buy, dies, ends):
    checkout = buy(as_alice, mug)
    with dies(Checkout, "release", Checkout.release):
        getattr(checkout, ends)()

    checkout.refresh_from_db()
    assert checkout.status == Status.OPEN


def test_a_checkout_ends_with_its_stock_put_back_or_not_at_all(as_alice, mug, buy, dies):
    checkout = buy(as_alice, mug)
    with dies(shop.models.checkout, "lock"):
        checkout.release()

    checkout.refresh_from_db()
    assert checkout.status == Status.OPEN
