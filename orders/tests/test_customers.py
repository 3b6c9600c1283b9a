"""The customer that Stripe made of a buyer: kept with the account, deleted with it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from orders.models import Order
from orders.reconcile import reconcile
from orders.recording import record_order
from shop import payments
from shop.checkout import follow
from shop.models import Checkout, StripeCustomer
from shop.models.customer import StripeCustomerQuerySet
from stripe_simulator import store
from stripe_simulator.testing import (
    apply_promotion_code,
    clear_faults,
    deliver_due,
    foreign_session,
    inject_fault,
    override,
    pay,
    resend,
    restrict_key,
    set_webhooks,
    settle,
)
from tests.people import PASSWORD
from tests.recorded import stripe_calls


def run():
    return reconcile(timezone.now() - timedelta(days=3))


def at_stripe() -> list[str]:
    """The customers that Stripe knows."""
    with store.transaction() as db:
        return [found["id"] for found in db.find("customer") if not found.get("deleted")]


# Kept


def test_the_customer_of_the_first_payment_is_kept_with_the_account(order, alice):
    assert at_stripe() == [StripeCustomer.id_of(alice)]


def test_the_next_payment_is_the_same_customers(order, alice, as_alice, mug, purchase):
    purchase(as_alice, mug)

    assert at_stripe() == [StripeCustomer.id_of(alice)]
    assert StripeCustomer.objects.count() == 1


@pytest.mark.parametrize("told_by", ["the webhook", "the success page", "the reconciler"])
def test_whoever_records_the_order_keeps_the_customer(paid, alice, as_alice, told_by):
    if told_by == "the webhook":
        resend(paid.stripe_session_id)
        deliver_due()
    elif told_by == "the success page":
        as_alice.get("/success/", {"session_id": paid.stripe_session_id})
    else:
        run()

    assert StripeCustomer.id_of(alice)


def test_an_order_for_nothing_makes_a_customer_too(as_alice, alice, mug, buy, settings):
    settings.STRIPE_PROMOTION_CODES = True
    session_id = buy(as_alice, mug).stripe_session_id
    apply_promotion_code(session_id, "FREE100")
    pay(session_id)
    record_order(session_id)

    assert StripeCustomer.id_of(alice)


def test_a_customer_forgotten_since_does_not_come_back_with_an_old_order(order, alice, as_alice):
    StripeCustomer.objects.all().delete()
    as_alice.get("/success/", {"session_id": order.stripe_session_id})
    run()

    assert not StripeCustomer.objects.exists()


def test_a_session_without_a_customer_is_recorded_like_any_other(paid):
    override(paid.stripe_session_id, customer=None)

    assert record_order(paid.stripe_session_id)
    assert not StripeCustomer.objects.exists()


def test_a_customer_of_another_tool_is_nobodys_here(alice):
    session = foreign_session({"buyer": str(alice.stripe_key)}, customer_creation="always")
    assert session["customer"]
    run()

    assert not StripeCustomer.objects.exists()
    assert at_stripe() == [session["customer"]]


def test_a_customer_goes_to_whoever_has_the_key_and_never_to_the_heir_of_an_id(paid, alice):
    """G9: a backup was restored, and the buyer's primary key was given out again."""
    Checkout.objects.all().delete()
    freed = alice.pk
    alice.delete()
    eve = User.objects.create_user("eve", "eve@example.com", PASSWORD, pk=freed)
    record_order(paid.stripe_session_id)

    assert not StripeCustomer.objects.filter(user=eve).exists()
    run()
    assert at_stripe() == []


def test_a_buyer_whose_checkout_is_gone_keeps_the_customer_by_the_key(paid, alice):
    Checkout.objects.all().delete()
    record_order(paid.stripe_session_id)

    assert at_stripe() == [StripeCustomer.id_of(alice)]


def test_the_customer_of_a_debit_that_did_not_arrive_is_kept_too(bob, as_alice, alice, mug, buy):
    set_webhooks("lost")
    session_id = buy(as_alice, mug).stripe_session_id
    pay(session_id, delayed=True)
    settle(session_id, ok=False)
    follow(Checkout.objects.get())

    assert Checkout.objects.get().status == Checkout.Status.EXPIRED
    assert at_stripe() == [StripeCustomer.id_of(alice)]


def test_a_late_word_of_a_debit_that_failed_brings_no_deleted_customer_back(
    as_alice, alice, mug, buy
):
    set_webhooks("lost")
    session_id = buy(as_alice, mug).stripe_session_id
    pay(session_id, delayed=True)
    settle(session_id, ok=False)
    record_order(session_id)
    alice.delete()
    run()
    record_order(session_id)

    assert not StripeCustomer.objects.exists()


# Two at once


@pytest.fixture
def two_paid(as_alice, alice, mug, bowl, buy, monkeypatch) -> list[str]:
    """Two first payments: one page was paid while it was being ended for the other one."""
    set_webhooks("lost")
    first = buy(as_alice, mug).stripe_session_id
    pay(first)
    second = buy(as_alice, bowl).stripe_session_id
    pay(second)
    return [first, second]


def test_two_first_payments_make_two_orders_and_one_kept_customer(two_paid, alice):
    for session_id in two_paid:
        record_order(session_id)

    assert Order.objects.filter(user=alice).count() == 2
    assert StripeCustomer.objects.filter(user=alice).count() == 1


def test_the_customer_that_is_one_too_many_is_deleted_and_the_first_stays(two_paid, alice):
    record_order(two_paid[0])
    kept = StripeCustomer.id_of(alice)
    record_order(two_paid[1])
    assert len(at_stripe()) == 2
    assert not run().failures

    assert at_stripe() == [kept] == [StripeCustomer.id_of(alice)]
    assert StripeCustomer.objects.count() == 1
    assert not +run().repaired


def test_a_customer_that_another_request_notes_meanwhile_is_noted_once(db, monkeypatch):
    write = StripeCustomerQuerySet.bulk_create

    def after_the_other(customers, rows, **options):
        StripeCustomer.objects.create(stripe_id="cus_1")
        return write(customers, rows, **options)

    monkeypatch.setattr(StripeCustomerQuerySet, "bulk_create", after_the_other)
    StripeCustomer.keep("cus_1", None)

    assert StripeCustomer.objects.count() == 1


# Deleted


def by_the_shopper(as_alice, as_staff, alice):
    as_alice.post("/accounts/delete/", {"password": PASSWORD})


def by_staff(as_alice, as_staff, alice):
    as_staff.post(f"/admin/accounts/user/{alice.pk}/delete/", {"post": "yes"})


def from_the_list(as_alice, as_staff, alice):
    data = {"action": "delete_selected", "_selected_action": [alice.pk], "post": "yes"}
    as_staff.post("/admin/accounts/user/", data)


def by_a_query(as_alice, as_staff, alice):
    User.objects.filter(pk=alice.pk).delete()


@pytest.mark.parametrize("delete", [by_the_shopper, by_staff, from_the_list, by_a_query])
def test_the_customer_is_deleted_at_stripe_with_the_account(
    order, alice, as_alice, as_staff, delete
):
    delete(as_alice, as_staff, alice)
    assert not User.objects.filter(pk=alice.pk).exists()
    assert run().repaired["customers"] == 1

    assert at_stripe() == []
    assert not StripeCustomer.objects.exists()
    assert not +run().repaired


def test_deleting_an_account_does_not_wait_for_stripe(order, alice):
    with stripe_calls() as calls:
        alice.delete()

    assert calls == []


def test_the_order_stays_without_the_customer(order, alice):
    alice.delete()
    run()

    order.refresh_from_db()
    assert (order.email, order.needs_review) == ("alice@example.com", False)


@pytest.mark.parametrize(
    "fault", ["connect_timeout", "error_500", "error_401", "error_403", "error_429", "late"]
)
def test_a_customer_that_stripe_did_not_delete_is_not_forgotten(order, alice, fault):
    alice.delete()
    inject_fault("DELETE", "/v1/customers/{id}", fault, times=3)
    assert run().failures == 1
    clear_faults()

    assert StripeCustomer.objects.count() == 1
    assert not run().failures
    assert at_stripe() == []


def test_a_lost_answer_to_a_deletion_is_made_good(order, alice):
    alice.delete()
    inject_fault("DELETE", "/v1/customers/{id}", "read_timeout_after", times=3)
    run()
    run()

    assert at_stripe() == []
    assert not StripeCustomer.objects.exists()


def test_one_customer_that_cannot_be_deleted_keeps_no_other(
    order, alice, as_bob, bob, mug, purchase
):
    purchase(as_bob, mug)
    alice.delete()
    bob.delete()
    inject_fault("DELETE", "/v1/customers/{id}", "error_403", times=1)

    report = run()
    assert (report.failures, report.repaired["customers"]) == (1, 1)


def test_a_key_that_may_not_delete_customers_is_a_failure_until_it_may(order, alice):
    alice.delete()
    allowed = {"checkout/sessions": "write", "refunds": "read", "events": "read"}
    allowed |= {"disputes": "read", "radar/early_fraud_warnings": "read"}
    restrict_key(allowed)
    assert run().failures == 1
    restrict_key(allowed | {"customers": "write"})

    assert not run().failures
    assert at_stripe() == []


def test_a_dry_run_deletes_no_customer(order, alice):
    alice.delete()
    report = reconcile(timezone.now() - timedelta(days=3), dry_run=True)

    assert report.repaired["customers"] == 1
    assert len(at_stripe()) == 1


def test_a_payment_after_the_account_was_deleted_leaves_no_customer(paid, alice):
    alice.delete()
    record_order(paid.stripe_session_id)
    assert not run().failures

    assert Order.objects.get().user is None
    assert at_stripe() == []


def test_an_account_deleted_while_its_first_order_is_recorded_leaves_no_customer(
    paid, alice, monkeypatch
):
    ask = payments.retrieve_session

    def deleted_meanwhile(session_id):
        session = ask(session_id)
        User.objects.get().delete()
        return session

    monkeypatch.setattr(payments, "retrieve_session", deleted_meanwhile)
    record_order(paid.stripe_session_id)
    monkeypatch.undo()
    run()

    assert at_stripe() == []


def test_a_customer_that_is_to_be_deleted_is_never_kept_again(paid, alice):
    session = payments.retrieve_session(paid.stripe_session_id)
    StripeCustomer.objects.create(stripe_id=session.customer_id)
    record_order(paid.stripe_session_id)

    assert StripeCustomer.id_of(alice) == ""
