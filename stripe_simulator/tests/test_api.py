import re

import pytest
import stripe

from stripe_simulator.testing import (
    expire,
    pay,
    refund_at_stripe,
    settle,
)
from stripe_simulator.transport import SimulatorTransport

from .conftest import NOW, line, way

HOUR = 3600


def test_a_session_answers_with_totals_its_page_and_no_payment_intent(create, settings):
    session = create(line_items=[line(), line("Bowl", 5450, 1)])
    assert session.amount_subtotal == session.amount_total == 9250
    assert (session.status, session.payment_status) == ("open", "unpaid")
    assert session.url == f"{settings.SITE_URL}/stripe-simulator/c/pay/{session.id}/"
    assert session.payment_intent is None
    assert "line_items" not in session


def test_the_id_of_a_session_tells_that_it_was_simulated(create):
    first, second = create().id, create().id
    assert re.fullmatch("cs_test_simulated[A-Za-z0-9]{40,}", first)
    assert first != second


@pytest.mark.parametrize(
    ("changes", "code", "param"),
    [
        ({"payment_method_types": ["card"]}, "parameter_unknown", "payment_method_types"),
        ({"mode": "subscription"}, None, "mode"),
        ({"ui_mode": "hosted"}, None, "ui_mode"),
        ({"customer_email": "nobody"}, "email_invalid", "customer_email"),
        ({"success_url": "/success/"}, "url_invalid", "success_url"),
        ({"success_url": "http://[/"}, "url_invalid", "success_url"),
        ({"client_reference_id": "x" * 201}, None, "client_reference_id"),
        ({"client_reference_id": ""}, "parameter_invalid_empty", "client_reference_id"),
        ({"metadata": {"k" * 41: "v"}}, None, f"metadata[{'k' * 41}]"),
        ({"metadata": {str(i): "v" for i in range(51)}}, None, "metadata"),
        ({"metadata": "order"}, None, "metadata"),
        ({"line_items": [line()] * 101}, None, "line_items"),
        ({"line_items": "mug"}, None, "line_items"),
        (
            {"line_items": [line(quantity=0)]},
            "parameter_invalid_integer",
            "line_items[0][quantity]",
        ),
        (
            {"line_items": [line(unit_amount=-1)]},
            "parameter_invalid_integer",
            "line_items[0][price_data][unit_amount]",
        ),
        (
            {"line_items": [line(unit_amount="1.5")]},
            "parameter_invalid_integer",
            "line_items[0][price_data][unit_amount]",
        ),
        (
            {"line_items": [line(name="")]},
            "parameter_invalid_empty",
            "line_items[0][price_data][product_data][name]",
        ),
        (
            {"line_items": [line(currency="dollars")]},
            None,
            "line_items[0][price_data][currency]",
        ),
        (
            {"line_items": [line(currency="xyz")]},
            None,
            "line_items[0][price_data][currency]",
        ),
        ({"line_items": [line(), line(currency="eur")]}, None, "line_items"),
        (
            {"shipping_address_collection": {"allowed_countries": ["GB", "UK"]}},
            None,
            "shipping_address_collection[allowed_countries][1]",
        ),
        (
            {"shipping_address_collection": {"allowed_countries": ["us"]}},
            None,
            "shipping_address_collection[allowed_countries][0]",
        ),
        ({"shipping_options": [way()] * 6}, None, "shipping_options"),
        (
            {"shipping_options": [way(currency="eur")]},
            None,
            "shipping_options[0][shipping_rate_data][fixed_amount]",
        ),
        ({"line_items": [{"price_data": line()["price_data"]}]}, "parameter_missing", None),
        ({"line_items": [{"quantity": 1}]}, "parameter_missing", "line_items[0][price_data]"),
        ({"line_items": [line(unit_amount=49, quantity=1)]}, "amount_too_small", None),
        ({"line_items": [line(unit_amount=10**12 - 1)]}, "amount_too_large", None),
        ({"customer": "cus_1"}, None, None),
        ({"allow_promotion_codes": "yes"}, None, "allow_promotion_codes"),
        ({"expand": ["invoice"]}, None, "expand"),
    ],
)
def test_a_bad_parameter_is_refused_by_name(create, api, changes, code, param):
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        create(**changes)
    assert refusal.value.http_status == 400
    assert refusal.value.code == code
    if param:
        assert refusal.value.param == param
    assert api.v1.checkout.sessions.list().data == []


def test_a_missing_parameter_is_named(api):
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        api.v1.checkout.sessions.create(params={"mode": "payment"})
    assert refusal.value.code == "parameter_missing"
    assert refusal.value.param == "line_items"


@pytest.mark.parametrize(("minutes", "ok"), [(29, False), (30, True), (1440, True), (1441, False)])
def test_a_session_stays_open_between_30_minutes_and_a_day(clock, create, minutes, ok):
    expires_at = NOW + minutes * 60
    if ok:
        assert create(expires_at=expires_at).expires_at == expires_at
    else:
        with pytest.raises(stripe.InvalidRequestError, match="expires_at"):
            create(expires_at=expires_at)


@pytest.mark.parametrize(("currency", "amount"), [("jpy", 50), ("gbp", 30), ("huf", 17500)])
def test_the_smallest_charge_depends_on_the_currency(create, currency, amount):
    assert create(line_items=[line("Pin", amount, 1, currency)]).amount_total == amount
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        create(line_items=[line("Pin", amount - 1, 1, currency)])
    assert refusal.value.code == "amount_too_small"


@pytest.mark.parametrize(
    ("currency", "step"), [("isk", 100), ("ugx", 100), ("kwd", 10), ("huf", 1), ("twd", 1)]
)
def test_some_currencies_have_no_small_coins(create, currency, step):
    assert create(line_items=[line("Mug", 50_000 + step, 1, currency)]).currency == currency
    if step > 1:
        with pytest.raises(stripe.InvalidRequestError) as refusal:
            create(line_items=[line("Mug", 50_000 + step - 1, 1, currency)])
        assert refusal.value.param == "line_items[0][price_data][unit_amount]"


@pytest.mark.parametrize("key", ["sk_live_1", "pk_test_1", "nonsense", " "])
def test_a_wrong_key_is_refused(key):
    client = stripe.StripeClient(key, http_client=SimulatorTransport())
    with pytest.raises(stripe.AuthenticationError) as refusal:
        client.v1.checkout.sessions.list()
    assert refusal.value.http_status == 401


def test_an_unknown_id_is_a_missing_resource(api):
    for retrieve in (
        lambda: api.v1.checkout.sessions.retrieve("cs_test_unknown"),
        lambda: api.v1.checkout.sessions.expire("cs_test_unknown"),
        lambda: api.v1.payment_intents.retrieve("pi_unknown"),
        lambda: api.v1.refunds.create(params={"payment_intent": "pi_unknown"}),
    ):
        with pytest.raises(stripe.InvalidRequestError) as refusal:
            retrieve()
        assert refusal.value.http_status == 404
        assert refusal.value.code == "resource_missing"


def test_what_is_not_simulated_is_an_error_not_a_guess(api):
    with pytest.raises(stripe.InvalidRequestError, match="not simulated"):
        api.v1.products.list()


def test_expanding_puts_objects_in_the_place_of_ids(api, session):
    pay(session.id)
    paths = ["line_items", "payment_intent.latest_charge"]
    found = api.v1.checkout.sessions.retrieve(session.id, params={"expand": paths})
    assert found.line_items.data[0].description == "Mug"
    assert found.payment_intent.metadata.order == "7"
    assert found.payment_intent.latest_charge.metadata.order == "7"
    assert found.payment_intent.latest_charge.amount_captured == 3800


def test_line_items_come_in_pages(api, create):
    session = create(line_items=[line(f"Mug {n}") for n in range(25)])
    found = api.v1.checkout.sessions.retrieve(session.id, params={"expand": ["line_items"]})
    assert len(found.line_items.data) == 10
    names = [item.description for item in found.line_items.auto_paging_iter()]
    assert names == [f"Mug {n}" for n in range(25)]
    before = {"ending_before": found.line_items.data[4].id, "limit": 3}
    page = api.v1.checkout.sessions.line_items.list(session.id, params=before)
    assert [item.description for item in page.data] == ["Mug 1", "Mug 2", "Mug 3"]
    assert page.has_more


def test_sessions_are_listed_newest_first_in_pages_and_by_filter(clock, api, create):
    ids = []
    for _ in range(5):
        ids.append(create().id)
        clock.shift(60)
    pay(ids[1])
    expire(ids[2])
    intent = api.v1.checkout.sessions.retrieve(ids[1]).payment_intent

    def listed(**params):
        return [found.id for found in api.v1.checkout.sessions.list(params=params).data]

    assert listed() == ids[::-1]
    pages = api.v1.checkout.sessions.list(params={"limit": 2})
    assert pages.has_more
    assert [found.id for found in pages.auto_paging_iter()] == ids[::-1]
    assert listed(limit=2, ending_before=ids[1]) == [ids[3], ids[2]]
    assert listed(payment_intent=intent) == [ids[1]]
    assert listed(status="expired") == [ids[2]]
    assert listed(status="open", created={"gte": NOW + 60}) == [ids[4], ids[3]]
    assert listed(created=NOW + 60) == [ids[1]]


# --- Refunds


def test_refunds_add_up_to_what_was_paid_and_no_further(api, session):
    intent = pay(session.id)["payment_intent"]
    first = api.v1.refunds.create(params={"payment_intent": intent, "amount": 1000})
    assert (first.amount, first.status) == (1000, "succeeded")
    with pytest.raises(stripe.InvalidRequestError, match=r"\$28\.01.*greater than.*\$28\.00"):
        api.v1.refunds.create(params={"payment_intent": intent, "amount": 2801})
    rest = api.v1.refunds.create(
        params={"charge": first.charge, "reason": "duplicate", "metadata": {"refund": "9"}}
    )
    assert (rest.amount, rest.reason, rest.metadata.refund) == (2800, "duplicate", "9")
    charge = api.v1.charges.retrieve(first.charge)
    assert (charge.amount_refunded, charge.refunded) == (3800, True)
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        api.v1.refunds.create(params={"payment_intent": intent})
    assert refusal.value.code == "charge_already_refunded"


@pytest.mark.parametrize(
    "params",
    [{}, {"amount": 100}, {"payment_intent": "pi_1", "amount": 0}, {"payment_intent": "pi_1",
     "reason": "regret"}, {"payment_intent": "pi_1", "charge": "ch_1"}],
)  # fmt: skip
def test_a_refund_needs_a_payment_and_good_values(api, params):
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        api.v1.refunds.create(params=params)
    assert refusal.value.http_status == 400


def test_refunds_are_listed_by_payment_and_time(clock, api, create):
    mine, other = (pay(create().id)["payment_intent"] for _ in range(2))
    refund_at_stripe(other)
    first = refund_at_stripe(mine, 100)
    clock.shift(60)
    second = refund_at_stripe(mine, 200)
    listed = api.v1.refunds.list(params={"payment_intent": mine}).data
    assert [refund.id for refund in listed] == [second["id"], first["id"]]
    later = api.v1.refunds.list(params={"created": {"gt": NOW}}).data
    assert [refund.id for refund in later] == [second["id"]]
    assert api.v1.refunds.retrieve(first["id"], params={"expand": ["charge"]}).charge.amount == 3800


def test_a_payment_that_never_arrived_cannot_be_refunded(api, session):
    intent = pay(session.id, delayed=True)["payment_intent"]
    settle(session.id, ok=False)
    with pytest.raises(stripe.InvalidRequestError, match="successful charge"):
        api.v1.refunds.create(params={"payment_intent": intent})


# --- Events


def test_events_are_listed_by_type_time_and_delivery(api, session):
    pay(session.id)
    kinds = [event.type for event in api.v1.events.list().data]
    assert kinds == ["checkout.session.completed", "payment_intent.succeeded", "charge.succeeded"]
    wanted = {"types": ["charge.succeeded", "charge.failed"], "delivery_success": False}
    (event,) = api.v1.events.list(params=wanted).data
    assert api.v1.events.retrieve(event.id).data.object.amount == 3800
    assert api.v1.events.list(params={"delivery_success": True}).data == []
    assert len(api.v1.events.list(params={"type": "charge.succeeded"}).data) == 1


def test_events_are_kept_for_30_days(clock, api, session):
    pay(session.id)
    clock.shift(30 * 24 * HOUR)
    assert api.v1.events.list().data == []
