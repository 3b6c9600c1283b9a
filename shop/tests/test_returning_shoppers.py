"""Stripe's page knows who comes back; and a customer that Stripe has lost is replaced silently."""

import pytest
from django.test import Client
from django.utils import timezone

from shop import checkout as checkout_module
from shop import payments
from shop.checkout import start_checkout
from shop.models import SIMULATED_CUSTOMERS, Checkout, OutOfStock, Product, StripeCustomer
from shop.which_stripe import REAL_BUT_SIMULATED, SIMULATED_BUT_REAL, wrong_stripe
from stripe_simulator import store
from stripe_simulator.objects import customer
from stripe_simulator.testing import delete_customer, inject_fault
from tests.recorded import stripe_calls

Status = Checkout.Status
SESSIONS = "/v1/checkout/sessions"


@pytest.fixture
def known(alice) -> StripeCustomer:
    """Alice's, by an earlier payment."""
    with store.transaction() as db:
        db.put(made := customer({"email": "alice@example.com"}))
    return StripeCustomer.objects.create(stripe_id=made["id"], user=alice)


@pytest.fixture
def lost(known) -> StripeCustomer:
    delete_customer(known.stripe_id)
    return known


def buy(client: Client, product: Product):
    return client.post(f"/checkout/{product.pk}/", {"quantity": 1})


# A customer that Stripe knows


def test_a_returning_shopper_is_named_to_stripe_by_the_customer_alone(as_alice, mug, known):
    with stripe_calls() as calls:
        assert buy(as_alice, mug).status_code == 303

    (call,) = calls
    assert call.form["customer"] == known.stripe_id
    assert not {"customer_email", "customer_creation"} & call.form.keys()
    assert call.form["saved_payment_method_options[payment_method_save]"] == "enabled"


def test_what_is_typed_at_stripe_is_known_the_next_time(as_alice, mug, known):
    with stripe_calls() as calls:
        buy(as_alice, mug)

    changes = {name: word for name, word in calls[0].form.items() if "customer_update" in name}
    assert changes == {"customer_update[address]": "auto", "customer_update[name]": "auto"}


def test_the_address_of_a_delivery_is_known_the_next_time(as_alice, mug, known, standard):
    with stripe_calls() as calls:
        assert buy(as_alice, mug).status_code == 303

    assert calls[0].form["customer_update[shipping]"] == "auto"


def test_the_address_is_known_the_next_time_where_only_countries_are_set(
    as_alice, mug, known, settings
):
    settings.STRIPE_SHIPPING_COUNTRIES = ["US"]
    settings.STRIPE_AUTOMATIC_TAX = True
    with stripe_calls() as calls:
        assert buy(as_alice, mug).status_code == 303

    assert calls[0].form["customer_update[shipping]"] == "auto"


def test_an_account_without_an_address_lets_stripe_ask_for_one(as_alice, alice, mug):
    type(alice).objects.update(email="")
    with stripe_calls() as calls:
        buy(as_alice, mug)

    assert "customer_email" not in calls[0].form
    assert calls[0].form["customer_creation"] == "always"


def test_nobody_is_greeted_as_somebody_else(as_bob, mug, known):
    with stripe_calls() as calls:
        buy(as_bob, mug)

    assert "customer" not in calls[0].form


def test_the_checkout_keeps_the_address_of_the_account(as_alice, alice, mug, known):
    type(alice).objects.update(email="new@example.com")
    buy(as_alice, mug)

    assert Checkout.objects.get().email == "new@example.com"


def test_a_repetition_asks_for_the_same_customer_whatever_was_kept_since(as_alice, mug, alice):
    inject_fault("POST", SESSIONS, "read_timeout_after", times=3)
    assert buy(as_alice, mug).status_code == 503
    with store.transaction() as db:
        db.put(made := customer({"email": "alice@example.com"}))
    StripeCustomer.objects.create(stripe_id=made["id"], user=alice)
    with stripe_calls() as calls:
        assert buy(as_alice, mug).status_code == 303

    assert "customer" not in calls[0].form
    assert Checkout.objects.count() == 1


# A customer that Stripe does not know any more


def test_a_lost_customer_is_replaced_silently(as_alice, mug, lost):
    with stripe_calls() as calls:
        page = buy(as_alice, mug)

    assert page.status_code == 303
    assert [call.form.get("customer") for call in calls] == [lost.stripe_id, None]
    assert calls[1].form["customer_creation"] == "always"
    assert calls[1].form["customer_email"] == "alice@example.com"
    assert not StripeCustomer.objects.exists()


def test_a_customer_of_another_account_or_mode_is_replaced_silently(as_alice, mug, known):
    with store.transaction() as db:
        db.execute("DELETE FROM objects")

    assert buy(as_alice, mug).status_code == 303


def test_a_lost_customer_costs_one_checkout_and_no_stock(as_alice, mug, lost):
    Product.objects.update(stock=1)
    assert buy(as_alice, mug).status_code == 303

    statuses = Checkout.objects.order_by("created_at").values_list("status", "stripe_session_id")
    (first, none), (second, session_id) = statuses
    assert (first, none, second) == (Status.EXPIRED, None, Status.OPEN)
    assert session_id
    assert Product.objects.get().stock == 0


def test_buying_again_after_a_lost_customer_leads_to_the_one_page(as_alice, mug, lost):
    assert buy(as_alice, mug).url == buy(as_alice, mug).url


def test_two_clicks_with_a_lost_customer_lead_to_one_page(as_alice, alice, mug, lost, monkeypatch):
    """The second comes while the first has just heard that Stripe knows no such customer."""
    create, urls = payments.create_session, []

    def overtaken(checkout):
        monkeypatch.setattr(payments, "create_session", create)
        try:
            return create(checkout)
        finally:
            urls.append(start_checkout(alice, [(mug.pk, 1)], prices_seen={}))

    monkeypatch.setattr(payments, "create_session", overtaken)
    urls.append(start_checkout(alice, [(mug.pk, 1)], prices_seen={}))

    assert urls[0] == urls[1]
    assert Checkout.objects.filter(status=Status.OPEN).count() == 1


def test_a_customer_kept_since_is_not_forgotten_for_a_lost_one(
    as_alice, alice, mug, lost, monkeypatch
):
    release = Checkout.release

    def kept_meanwhile(checkout, **only_if):
        with store.transaction() as db:
            db.put(made := customer({"email": "alice@example.com"}))
        StripeCustomer.objects.create(stripe_id=made["id"], user=alice)
        monkeypatch.setattr(Checkout, "release", release)
        checkout_module.forget_customer(checkout)  # of the other half of a double click
        return checkout.release(**only_if)

    monkeypatch.setattr(Checkout, "release", kept_meanwhile)
    with stripe_calls() as calls:
        assert buy(as_alice, mug).status_code == 303

    assert calls[-1].form["customer"] == StripeCustomer.objects.get().stripe_id


def test_the_last_one_sold_on_while_a_lost_customer_is_replaced_is_said(
    as_alice, mug, lost, monkeypatch
):
    Product.objects.update(stock=1)
    write = checkout_module.write_checkout

    def too_late(*args, **kwargs):
        if Checkout.objects.exists():
            Product.objects.update(stock=0)  # someone else was faster
        return write(*args, **kwargs)

    monkeypatch.setattr(checkout_module, "write_checkout", too_late)
    with pytest.raises(OutOfStock):
        start_checkout(lost.user, [(mug.pk, 1)], prices_seen={})

    assert not Checkout.objects.filter(status=Status.OPEN).exists()


def test_the_process_dies_before_a_lost_customer_is_replaced(as_alice, mug, lost, monkeypatch):
    """Stripe keeps its refusal under the key: Buy again does not ask for it for ever."""
    with monkeypatch.context() as dying:
        dying.setattr(checkout_module, "forget_customer", lambda checkout: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            buy(as_alice, mug)

    assert buy(as_alice, mug).status_code == 303


def test_other_contents_after_a_refusal_that_was_not_heard_end_the_checkout(
    as_alice, mug, bowl, lost, monkeypatch
):
    with monkeypatch.context() as dying:
        dying.setattr(checkout_module, "forget_customer", lambda checkout: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            buy(as_alice, mug)

    assert buy(as_alice, bowl).status_code == 303
    assert Checkout.objects.filter(status=Status.OPEN).count() == 1


# Whose Stripe


def test_the_simulators_customers_are_told_by_their_ids(known):
    start, end = SIMULATED_CUSTOMERS

    assert start <= known.stripe_id < end
    assert list(StripeCustomer.objects.simulated()) == [known]
    assert not StripeCustomer.objects.real().exists()


@pytest.mark.parametrize("stripe_id", ["cus_Qx1", "cus_zzz", "cus_1"])
def test_a_real_customer_is_never_shown_to_the_simulator(as_alice, mug, alice, stripe_id):
    StripeCustomer.objects.create(stripe_id=stripe_id, user=alice)
    with stripe_calls() as calls:
        assert buy(as_alice, mug).status_code == 503

    assert calls == []
    assert wrong_stripe() == SIMULATED_BUT_REAL


def test_a_simulated_customer_is_never_shown_to_stripe(known, settings):
    settings.STRIPE_SIMULATED, settings.STRIPE_SECRET_KEY = False, "sk_live_abc"

    assert wrong_stripe() == REAL_BUT_SIMULATED
    with pytest.raises(payments.WrongStripe):
        payments.delete_customer(known.stripe_id)


def test_a_real_customer_is_stripes_own_affair_with_a_real_key(alice, settings):
    settings.STRIPE_SIMULATED, settings.STRIPE_SECRET_KEY = False, "sk_live_abc"
    StripeCustomer.objects.create(stripe_id="cus_Qx1", user=alice)
    Checkout.objects.create(
        stripe_session_id="cs_live_1", currency="usd", total_cents=1, expires_at=timezone.now()
    )

    assert wrong_stripe() == ""
