import pytest
import stripe

from stripe_simulator import store
from stripe_simulator.forms import CheckoutForm
from stripe_simulator.testing import ApiError, choose_shipping, delete_customer, pay

from .conftest import way


def test_a_customer_can_be_made_and_pay(api, create):
    customer = api.v1.customers.create(params={"email": "bob@example.com", "name": "Bob"})
    session = create(customer=customer.id, customer_email=None)
    assert api.v1.customers.retrieve(session.customer).email == "bob@example.com"


def test_an_unknown_or_deleted_customer_cannot_buy(api, create):
    customer = api.v1.customers.create(params={"email": "bob@example.com"})
    api.v1.customers.delete(customer.id)
    assert api.v1.customers.retrieve(customer.id).deleted
    for customer_id in (customer.id, "cus_unknown"):
        with pytest.raises(stripe.InvalidRequestError) as refusal:
            create(customer=customer_id, customer_email=None)
        assert (refusal.value.code, refusal.value.param) == ("resource_missing", "customer")
        assert refusal.value.http_status == 400


def test_a_customer_can_be_made_of_the_buyer(api, create):
    session = create(customer_creation="always")
    assert session.customer is None
    customer_id = pay(session.id)["customer"]
    assert api.v1.customers.retrieve(customer_id).email == "alice@example.com"
    with pytest.raises(stripe.InvalidRequestError, match="only specify one"):
        create(customer=customer_id, customer_email=None, customer_creation="always")


def test_a_known_customer_is_greeted_by_the_address_that_stripe_has(api, create):
    customer = api.v1.customers.create(params={"email": "bob@example.com"})
    session = create(customer=customer.id, customer_email=None)
    with store.transaction() as db:
        form = CheckoutForm(session=db.get("checkout.session", session.id), by_card=True)
    assert form.fields["email"].initial == session.customer_details.email == "bob@example.com"
    assert form.fields["email"].disabled


def test_a_customer_who_was_deleted_by_hand_cannot_be_deleted_again(api, create):
    customer_id = pay(create(customer_creation="always").id)["customer"]
    delete_customer(customer_id)
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        api.v1.customers.delete(customer_id)
    assert (refusal.value.http_status, refusal.value.code) == (404, "resource_missing")


SAVE = {"payment_method_save": "enabled"}


def test_a_card_can_be_saved_to_a_customer_and_to_nobody_else(api, create):
    made = create(customer_creation="always", saved_payment_method_options=SAVE)
    assert made.saved_payment_method_options.payment_method_save == "enabled"
    known = pay(made.id)["customer"]
    assert create(customer=known, customer_email=None, saved_payment_method_options=SAVE).id
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        create(saved_payment_method_options=SAVE)
    assert refusal.value.param == "saved_payment_method_options[payment_method_save]"


def test_a_customer_is_only_changed_by_what_is_asked_for(api, create):
    known = {"customer": api.v1.customers.create().id, "customer_email": None}
    asking = {"shipping_address_collection": {"allowed_countries": ["US"]}}
    changes = {"address": "auto", "name": "auto", "shipping": "auto"}
    assert create(**known, **asking, customer_update=changes).id
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        create(**known, customer_update=changes)
    assert refusal.value.param == "customer_update[shipping]"
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        create(customer_update={"name": "auto"})
    assert refusal.value.param == "customer_update"


# --- Shipping


def test_the_first_way_of_shipping_counts_until_another_is_chosen(api, create):
    estimate = {"maximum": {"unit": "day", "value": 5}}
    post = way("Post", 500)
    post["shipping_rate_data"] |= {"delivery_estimate": estimate, "tax_behavior": "exclusive"}
    session = create(shipping_options=[post, way("Courier", 1500)])
    assert (session.amount_total, session.total_details.amount_shipping) == (4300, 500)
    pay(session.id, shipping_option=1)
    expand = {"expand": ["shipping_cost.shipping_rate", "payment_intent"]}
    found = api.v1.checkout.sessions.retrieve(session.id, params=expand)
    assert found.shipping_cost.shipping_rate.display_name == "Courier"
    amounts = (found.amount_subtotal, found.total_details.amount_shipping, found.amount_total)
    assert amounts == (3800, 1500, 5300)
    assert found.payment_intent.amount_received == 5300


def test_a_chosen_way_of_shipping_keeps_its_metadata_and_its_estimate(api, create):
    post = way("Post", 500)
    ends = {"minimum": {"unit": "business_day", "value": 3}}
    ends["maximum"] = {"unit": "business_day", "value": 5}
    post["shipping_rate_data"] |= {"delivery_estimate": ends, "metadata": {"option": "7"}}
    session = create(shipping_options=[post])
    pay(session.id)
    expand = {"expand": ["shipping_cost.shipping_rate"]}
    rate = api.v1.checkout.sessions.retrieve(session.id, params=expand).shipping_cost.shipping_rate

    assert rate.metadata.to_dict() == {"option": "7"}
    assert rate.delivery_estimate.to_dict() == ends


@pytest.mark.parametrize("ways", [[way(f"Way {number}") for number in range(6)], [way("Post", -1)]])
def test_more_than_five_ways_of_shipping_and_a_negative_price_are_refused(create, ways):
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        create(shipping_options=ways)
    assert refusal.value.param.startswith("shipping_options")


def test_a_way_of_shipping_that_is_not_offered_cannot_be_chosen(create):
    session = create(shipping_options=[way()])
    for number in (-1, 1):
        with pytest.raises(ApiError, match="no such way"):
            choose_shipping(session.id, number)
