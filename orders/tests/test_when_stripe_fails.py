"""Stripe's own failures: what was asked for is done once or not at all, and the page says which."""

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from conftest import logged_in
from orders.models import Order, Refund
from orders.reconcile import reconcile
from orders.refunds import refund
from shop import payments
from shop.models import Checkout, Product
from shop.models.checkout import SESSION_IS_UNKNOWN
from stripe_simulator import store
from stripe_simulator.testing import (
    clear_faults,
    deliver_late,
    foreign_session,
    inject_fault,
    pay,
    set_strict_bodies,
    set_webhooks,
    settle,
)
from tests.pages import read, told
from tests.recorded import stripe_calls

Status = Checkout.Status
SESSIONS = "/v1/checkout/sessions"


@pytest.fixture(autouse=True)
def webhook_down(own_world):
    set_webhooks("lost")


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel("2026-11-20 12:00Z", tick=False) as clock:
        yield clock


def press_buy(client: Client, product: Product, quantity: int = 1):
    return client.post(f"/checkout/{product.pk}/", {"quantity": quantity})


def run(since: timedelta = timedelta(days=3)):
    return reconcile(timezone.now() - since)


def sessions(status: str) -> list[str]:
    with store.transaction() as db:
        return [row["id"] for row in db.find("checkout.session") if row["status"] == status]


# A failure that Stripe saved under the key of a session


@pytest.mark.parametrize("fault", ["error_500_saved", "error_500_after"])
def test_after_a_saved_failure_the_shopper_can_buy_again_at_once(as_alice, mug, fault):
    Product.objects.update(stock=1)
    inject_fault("POST", SESSIONS, fault)
    page = press_buy(as_alice, mug)
    assert page.status_code == 503
    assert read(page).headings == ["You have not been charged"]

    assert press_buy(as_alice, mug).status_code == 303
    assert Product.objects.get().stock == 0


@pytest.mark.parametrize("fault", ["error_500_saved", "error_500_after"])
def test_after_a_saved_failure_other_products_and_other_shoppers_are_served(
    as_alice, as_bob, mug, bowl, fault
):
    Product.objects.update(stock=1)
    inject_fault("POST", SESSIONS, fault)
    press_buy(as_alice, mug)

    assert press_buy(as_alice, bowl).status_code == 303
    assert press_buy(as_bob, mug).status_code == 303


def test_a_session_made_although_stripe_said_it_failed_is_ended(as_alice, mug):
    inject_fault("POST", SESSIONS, "error_500_after")
    press_buy(as_alice, mug)
    (stray,) = sessions("open")
    assert run().repaired["stray sessions"] == 1

    assert sessions("expired") == [stray]
    assert not sum(run().repaired.values())


def test_a_session_made_although_stripe_said_it_failed_is_an_order_once_it_is_paid(
    as_alice, alice, mug
):
    """Nobody has its address; should someone pay it all the same, money moved."""
    inject_fault("POST", SESSIONS, "error_500_after")
    press_buy(as_alice, mug)
    pay(sessions("open")[0])
    run()

    order = Order.objects.get()
    assert order.user == alice
    assert "after the checkout had ended" in order.review_reason


def test_the_page_in_use_is_no_stray(as_alice, mug):
    press_buy(as_alice, mug)
    foreign_session({"shop": "another"}, paid=False)
    run()

    assert len(sessions("open")) == 2


# What is asked for again is asked for in the same bytes


def test_a_double_click_sends_the_same_bytes(as_alice, alice, mug, monkeypatch):
    """PostgreSQL's own JSON would forget the order of the keys."""
    set_strict_bodies(True)
    create_session = payments.create_session

    def click_again_meanwhile(checkout):
        monkeypatch.setattr(payments, "create_session", create_session)
        press_buy(logged_in(alice), mug)
        return create_session(checkout)

    monkeypatch.setattr(payments, "create_session", click_again_meanwhile)

    assert press_buy(as_alice, mug).status_code == 303
    assert len(sessions("open")) == 1


def test_a_repetition_sends_the_same_bytes(as_alice, mug, settings):
    settings.STRIPE_PROMOTION_CODES = True
    settings.STRIPE_SHIPPING_COUNTRIES = ["US", "CA", "GB"]
    set_strict_bodies(True)
    inject_fault("POST", SESSIONS, "read_timeout_after", times=3)
    assert press_buy(as_alice, mug).status_code == 503

    assert press_buy(as_alice, mug).status_code == 303
    assert len(sessions("open")) == 1


@pytest.mark.parametrize("minutes", [8, 12, 25, 39])
def test_buying_again_after_an_outage_of_some_minutes_succeeds(as_alice, mug, clock, minutes):
    """Stripe makes no session that ends within 30 minutes: an old one is begun anew then."""
    inject_fault("POST", SESSIONS, "connect_timeout", times=3)
    assert press_buy(as_alice, mug).status_code == 503
    clock.shift(timedelta(minutes=minutes))

    assert press_buy(as_alice, mug).status_code == 303
    assert len(sessions("open")) == 1


# Another Buy while a page is open


def test_a_buy_of_something_sold_out_leaves_the_open_page_open(as_alice, mug, bowl):
    press_buy(as_alice, mug)
    Product.objects.filter(pk=bowl.pk).update(stock=0)
    with stripe_calls() as calls:
        page = press_buy(as_alice, bowl)

    assert read(page).part(".sold-out").text.startswith("Sold out.")
    assert not calls
    assert Checkout.objects.get().status == Status.OPEN


def test_a_buy_of_more_than_is_left_counts_what_the_open_page_holds(as_alice, mug):
    Product.objects.update(stock=3)
    press_buy(as_alice, mug, 2)

    (problem,) = read(press_buy(as_alice, mug, 4)).notices
    assert "Only 3 left" in problem
    assert Checkout.objects.get().status == Status.OPEN
    assert press_buy(as_alice, mug, 3).status_code == 303


def test_who_has_just_paid_and_buys_the_same_again_sees_the_order_and_no_second_page(as_alice, mug):
    press_buy(as_alice, mug)
    (session_id,) = sessions("open")
    pay(session_id)
    answer = press_buy(as_alice, mug)

    assert answer.url == f"/success/?session_id={session_id}"
    assert read(as_alice.get(answer.url)).headings[0] == "Order received"
    assert sessions("complete") == [session_id]
    assert not sessions("open")


def test_who_waits_for_a_delayed_payment_and_buys_the_same_again_is_told_so(as_alice, mug):
    press_buy(as_alice, mug)
    (session_id,) = sessions("open")
    pay(session_id, delayed=True)

    assert press_buy(as_alice, mug).url == f"/success/?session_id={session_id}"


@pytest.mark.parametrize("again", ["the same", "something else", "more"])
def test_not_charged_is_not_said_while_an_open_page_may_be_paid(as_alice, mug, bowl, again):
    press_buy(as_alice, mug)
    (session_id,) = sessions("open")
    pay(session_id)
    inject_fault("GET", f"{SESSIONS}/{{id}}", "connect_timeout", times=9)
    inject_fault("POST", f"{SESSIONS}/{{id}}/expire", "connect_timeout", times=9)
    page = press_buy(as_alice, bowl if again == "something else" else mug, 1 + (again == "more"))

    assert page.status_code == 503
    assert read(page).headings == ["The payment service is not responding"]
    assert read(page).paragraphs[0].endswith("there is no need to pay again.")


# Checkouts that wait for what will not come


def test_a_checkout_that_waits_for_a_session_the_account_does_not_know_ends_visibly(
    as_alice, as_staff, mug, clock
):
    Product.objects.update(stock=3)
    press_buy(as_alice, mug, 2)
    Checkout.objects.update(
        status=Status.PROCESSING, stripe_session_id="cs_test_simulatedOfAnotherKey"
    )
    clock.shift(timedelta(minutes=41))
    assert not run().failures

    checkout = Checkout.objects.get()
    assert (checkout.status, checkout.needs_review) == (Status.EXPIRED, True)
    assert SESSION_IS_UNKNOWN in checkout.review_reason
    assert "look for it at Stripe" in checkout.review_reason
    assert Product.objects.get().stock == 3
    found = as_staff.get("/admin/shop/checkout/", {"needs_review__exact": 1})
    assert read(found).column("Status") == ["Expired"]
    assert not sum(run().repaired.values())


def test_an_open_checkout_of_an_unknown_session_ends_without_bothering_staff(as_alice, mug, clock):
    press_buy(as_alice, mug)
    Checkout.objects.update(stripe_session_id="cs_test_simulatedOfAnotherKey")
    clock.shift(timedelta(minutes=41))
    run()

    checkout = Checkout.objects.get()
    assert (checkout.status, checkout.needs_review) == (Status.EXPIRED, False)
    assert checkout.review_reason == SESSION_IS_UNKNOWN


@pytest.mark.parametrize("arrives", [True, False])
def test_a_checkout_that_waits_without_a_stored_session_is_settled(as_alice, mug, clock, arrives):
    Product.objects.update(stock=3)
    press_buy(as_alice, mug, 2)
    (session_id,) = sessions("open")
    pay(session_id, delayed=True)
    Checkout.objects.update(status=Status.PROCESSING, stripe_session_id=None)
    settle(session_id, ok=arrives)
    clock.shift(timedelta(minutes=41))
    assert not run().failures

    assert Checkout.objects.get().status == (Status.PAID if arrives else Status.EXPIRED)
    assert Product.objects.get().stock == (1 if arrives else 3)
    assert Order.objects.count() == arrives


# A failure that Stripe saved under the key of a refund


@pytest.fixture
def order(as_alice, mug, purchase) -> Order:
    return purchase(as_alice, mug, 5)


@pytest.fixture
def ask_to_refund(as_staff, order):
    """Staff send one and the same form, now and later; the page that they see then."""
    url = f"/admin/orders/order/{order.pk}/refund/"
    shown = as_staff.get(url).context["form"]["refund_id"].value()
    asked = {"amount": "20.00", "reason": "duplicate", "refund_id": str(shown)}

    def ask():
        return as_staff.post(url, asked | {"confirmed": "true"}, follow=True)

    return ask


def test_a_refund_that_stripe_failed_to_make_ends_and_asks_for_a_review(
    order, ask_to_refund, clock
):
    inject_fault("POST", "/v1/refunds", "error_500_saved")
    (said,) = told(ask_to_refund())
    assert said.startswith("Stripe gave no clear answer")
    for minutes in (1, 8):
        clock.shift(timedelta(minutes=minutes))
        report = run()
        assert (report.failures, report.repaired["refunds finished"]) == (0, 0)
        order.refresh_from_db()
        assert (order.status, order.needs_review) == ("Paid", False)
        assert Refund.objects.get().status == "pending"

    clock.shift(timedelta(minutes=2))
    assert not run().failures
    order.refresh_from_db()
    assert Refund.objects.get().status == "failed"
    assert (order.status, order.refundable_cents) == ("Paid", 9500)
    assert "The refund of $20.00 begun on 2026-11-20 12:00 was not made" in order.review_reason
    assert not sum(run().repaired.values())


def test_a_refund_that_stripe_made_although_it_failed_to_say_so_is_a_refund(order, ask_to_refund):
    inject_fault("POST", "/v1/refunds", "error_500_after")
    assert told(ask_to_refund()) == ["$20.00 refunded."]

    order.refresh_from_db()
    assert (order.refunded_cents, order.needs_review) == (2000, False)


@pytest.mark.parametrize("fault", ["error_500_saved", "error_500_after", "late"])
def test_the_same_form_a_day_later_makes_no_second_refund(order, ask_to_refund, clock, fault):
    inject_fault("POST", "/v1/refunds", fault, times=1 if "saved" in fault else 3)
    ask_to_refund()
    clear_faults()
    clock.shift(timedelta(days=1, minutes=1))
    ask_to_refund()
    run()

    with store.transaction() as db:
        made = db.find("refund")
    order.refresh_from_db()
    assert len(made) <= 1
    assert order.refunded_cents == 2000 * len(made)
    assert Refund.objects.count() == 1


def test_the_same_form_of_a_refund_that_ended_says_that_nothing_went_back(
    order, ask_to_refund, clock
):
    inject_fault("POST", "/v1/refunds", "error_500_saved")
    ask_to_refund()
    clock.shift(timedelta(minutes=11))
    run()
    clock.shift(timedelta(days=1))
    page = ask_to_refund()

    assert told(page) == ["Stripe refused to refund $20.00. Nothing was refunded."]
    with store.transaction() as db:
        assert not db.find("refund")


def test_a_refund_that_reaches_stripe_late_and_again_is_one_refund(order, ask_to_refund):
    """The idempotency key, which is the refund's own id, tells Stripe that they are one."""
    inject_fault("POST", "/v1/refunds", "late", times=3)
    ask_to_refund()
    assert told(ask_to_refund()) == ["$20.00 refunded."]
    deliver_late()

    with store.transaction() as db:
        assert len(db.find("refund")) == 1


def test_two_refunds_of_one_amount_are_two(order):
    for _ in range(2):
        refund(order, 500, "duplicate", uuid4())

    with store.transaction() as db:
        assert len(db.find("refund")) == 2


def test_a_session_that_is_made_late_and_again_is_one_session(as_alice, mug):
    inject_fault("POST", SESSIONS, "late", times=3)
    assert press_buy(as_alice, mug).status_code == 503
    assert press_buy(as_alice, mug).status_code == 303
    deliver_late()

    assert len(sessions("open")) == 1


@pytest.mark.parametrize("fault", ["error_401", "error_403"])
def test_what_the_key_may_not_do_is_called_a_refusal(order, ask_to_refund, fault):
    inject_fault("POST", "/v1/refunds", fault)

    assert told(ask_to_refund()) == ["Stripe refused to refund $20.00. Nothing was refunded."]
    assert Refund.objects.get().status == "failed"
