"""Whatever Stripe's fields hold, they are read, and what is read fits where it is stored."""

import json
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.apps import apps
from django.db import connection, models
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from shop import stripe_objects
from shop.stripe_objects import (
    DisputeState,
    Event,
    RefundState,
    Session,
    SessionLine,
    State,
    as_moment,
    as_row_id,
    as_text,
    as_uuid,
    as_whole,
    read_dispute,
    read_event,
    read_line,
    read_refund,
    read_session,
)

HALF_A_CHARACTER = "\ud800"
TEXTS = st.one_of(
    st.sampled_from(["", "word", "RMA-17", "x" * 5000, "\0", HALF_A_CHARACTER, "٣" * 40]),
    st.text(st.characters(), max_size=40),
)
NUMBERS = st.one_of(
    st.sampled_from([0, -1, 10**18, 2**63 - 1, 2**63, 10**40, 253_402_300_799, 1.5, True, False]),
    st.integers(),
    st.floats(),
)
PLAIN = st.one_of(st.none(), TEXTS, NUMBERS)
# Anything that JSON can say, the fields that are read among its keys.
NAMES = (
    *("id", "object", "url", "status", "payment_status", "metadata", "payment_intent", "created"),
    *("latest_charge", "customer_details", "customer_email", "email", "currency", "quantity"),
    *("amount", "amount_subtotal", "amount_total", "total_details", "amount_tax", "price"),
    *("amount_discount", "amount_shipping", "unit_amount", "description", "product", "refund"),
    *("collected_information", "shipping_details", "name", "address", "line1", "city", "reason"),
    *("evidence_details", "due_by", "is_charge_refundable", "type", "livemode", "data", "shop"),
    *("checkout", "buyer", "state", "postal_code", "country", "shipping_cost", "shipping_rate"),
    *(
        "customer",
        "display_name",
        "option",
        "delivery_estimate",
        "minimum",
        "maximum",
        "unit",
        "value",
    ),
)
KEYS = st.one_of(st.sampled_from(NAMES), TEXTS)
ODD = st.recursive(
    PLAIN,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=12)),
    max_leaves=30,
)
READERS = {
    "session": read_session,
    "line": read_line,
    "refund": read_refund,
    "dispute": read_dispute,
    "event": read_event,
}
ADDRESS = {
    "line1": "1 High Street",
    "line2": "Flat 2",
    "city": "Austin",
    "state": "TX",
    "postal_code": "78701",
    "country": "US",
}
METADATA = {
    "shop": "b9f1",
    "checkout": "00000000-0000-0000-0000-000000000001",
    "buyer": "00000000-0000-0000-0000-000000000002",
    "refund": "00000000-0000-0000-0000-000000000003",
    "product": "7",
    "option": "8",
}
RATE = {
    "display_name": "Standard",
    "metadata": METADATA,
    "delivery_estimate": {
        "minimum": {"unit": "business_day", "value": 3},
        "maximum": {"unit": "business_day", "value": 5},
    },
}
# As they come when nothing is odd: the tests spoil one or more of their fields.
GOOD: dict[str, dict[str, Any]] = {
    "session": {
        "id": "cs_test_1",
        "url": "https://checkout.stripe.com/c/pay/cs_test_1",
        "status": "complete",
        "payment_status": "paid",
        "metadata": METADATA,
        "payment_intent": {"id": "pi_1", "status": "succeeded", "latest_charge": {"created": 5}},
        "customer": "cus_1",
        "customer_details": {"email": "alice@example.com"},
        "customer_email": None,
        "currency": "usd",
        "amount_subtotal": 1900,
        "amount_total": 1900,
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "collected_information": {"shipping_details": {"name": "Alice", "address": ADDRESS}},
        "shipping_cost": {"shipping_rate": RATE},
        "created": 4,
    },
    "line": {
        "description": "Mug",
        "quantity": 2,
        "price": {"unit_amount": 950},
        "amount_subtotal": 1900,
        "metadata": METADATA,
    },
    "refund": {
        "id": "re_1",
        "metadata": METADATA,
        "payment_intent": "pi_1",
        "amount": 100,
        "reason": "duplicate",
        "status": "succeeded",
    },
    "dispute": {
        "id": "du_1",
        "payment_intent": "pi_1",
        "amount": 100,
        "status": "lost",
        "evidence_details": {"due_by": 9},
        "is_charge_refundable": False,
        "created": 4,
    },
    "event": {
        "id": "evt_1",
        "type": "refund.created",
        "data": {"object": {"id": "re_1", "payment_intent": "pi_1"}},
        "livemode": False,
        "created": 4,
    },
}


def column(model: str, name: str) -> models.Field:
    return apps.get_model(model)._meta.get_field(name)


# What of each object is stored, and where.
COLUMNS = {
    "session": {
        "id": [("orders.Order", "stripe_session_id"), ("shop.Checkout", "stripe_session_id")],
        "email": [("orders.Order", "email")],
        "currency": [("orders.Order", "currency")],
        "subtotal_cents": [("orders.Order", "subtotal_cents")],
        "discount_cents": [("orders.Order", "discount_cents")],
        "shipping_cents": [("orders.Order", "shipping_cents")],
        "tax_cents": [("orders.Order", "tax_cents")],
        "total_cents": [("orders.Order", "total_cents")],
        "payment_intent_id": [("orders.Order", "stripe_payment_intent_id")],
        "shipping_name": [("orders.Order", "shipping_name")],
        "shipping_address": [("orders.Order", "shipping_address")],
        "delivery_name": [("orders.Order", "delivery_name")],
        "delivery_option": [("shop.DeliveryOption", "id")],
        "checkout_id": [("shop.Checkout", "id")],
        "buyer_key": [("accounts.User", "stripe_key")],
        "customer_id": [("shop.StripeCustomer", "stripe_id")],
    },
    "line": {
        "product_name": [("orders.OrderLine", "product_name")],
        "quantity": [("orders.OrderLine", "quantity"), ("shop.Product", "sold_count")],
        "unit_price_cents": [("orders.OrderLine", "unit_price_cents")],
        "product_id": [("shop.Product", "id")],
    },
    "refund": {
        "id": [("orders.Refund", "stripe_refund_id")],
        "our_id": [("orders.Refund", "id")],
        "payment_intent_id": [("orders.Order", "stripe_payment_intent_id")],
        "amount_cents": [("orders.Refund", "amount_cents")],
        "reason": [("orders.Refund", "reason")],
        "status": [("orders.Refund", "status")],
    },
    "dispute": {
        "id": [("orders.Dispute", "stripe_dispute_id")],
        "payment_intent_id": [("orders.Order", "stripe_payment_intent_id")],
        "amount_cents": [("orders.Dispute", "amount_cents")],
        "status": [("orders.Dispute", "status")],
    },
    "event": {
        "id": [("orders.StripeEvent", "stripe_event_id")],
        "type": [("orders.StripeEvent", "type")],
        "object_id": [("orders.StripeEvent", "object_id")],
        "payment_intent_id": [("orders.StripeEvent", "payment_intent_id")],
    },
}


def assert_fits(kind: str, read: object) -> None:
    for name, columns in COLUMNS[kind].items():
        for where in columns:
            value, field = getattr(read, name), column(*where)
            if isinstance(value, str):
                assert "\0" not in value
                assert value.encode().decode() == value
                assert len(value) <= (field.max_length or len(value)), (where, len(value))
            elif isinstance(value, int):
                low, high = connection.ops.integer_field_range("PositiveBigIntegerField")
                if field.get_internal_type() == "PositiveIntegerField":
                    high = 2**31 - 1  # PostgreSQL's: SQLite's hold more
                assert max(low or 0, 0) <= value <= (high or value), (where, value)
    for field in fields(read):
        moment = getattr(read, field.name)
        if isinstance(moment, datetime):
            # A time zone on either side of UTC can show it.
            assert datetime(1970, 1, 1, tzinfo=UTC) < moment < datetime(9999, 12, 31, tzinfo=UTC)


def test_each_field_of_a_session_is_read_from_its_own_place():
    amounts = {"amount_discount": 200, "amount_shipping": 30, "amount_tax": 4}
    data = GOOD["session"] | {"amount_total": 1734, "total_details": amounts}

    assert read_session(data, [GOOD["line"]]) == Session(
        id="cs_test_1",
        url="https://checkout.stripe.com/c/pay/cs_test_1",
        state=State.PAID,
        is_failed=False,
        shop_key="b9f1",
        checkout_id=UUID(int=1),
        buyer_key=UUID(int=2),
        customer_id="cus_1",
        email="alice@example.com",
        currency="usd",
        subtotal_cents=1900,
        discount_cents=200,
        shipping_cents=30,
        tax_cents=4,
        total_cents=1734,
        payment_intent_id="pi_1",
        confirmed_at=datetime(1970, 1, 1, 0, 0, 5, tzinfo=UTC),
        shipping_name="Alice",
        shipping_address="1 High Street\nFlat 2\nAustin TX\n78701\nUS",
        shipping_country="US",
        delivery_option=8,
        delivery_name="Standard",
        delivery_days=(3, 5),
        lines=[SessionLine("Mug", 2, 950, 7)],
    )


def test_each_field_of_a_refund_a_dispute_and_an_event_is_read_from_its_own_place():
    early = datetime(1970, 1, 1, tzinfo=UTC)
    refund = RefundState("re_1", UUID(int=3), "pi_1", 100, "duplicate", "succeeded")
    assert read_refund(GOOD["refund"]) == refund

    due_by, created_at = early + timedelta(seconds=9), early + timedelta(seconds=4)
    dispute = DisputeState("du_1", "pi_1", 100, "lost", due_by, False, created_at)
    assert read_dispute(GOOD["dispute"]) == dispute

    event = Event("evt_1", "refund.created", "re_1", "pi_1", True, created_at)
    assert read_event(GOOD["event"] | {"livemode": True}) == event


@pytest.mark.parametrize("intent", ["requires_payment_method", "canceled"])
def test_a_complete_session_whose_payment_is_over_has_failed(intent):
    unpaid = {"payment_status": "unpaid", "payment_intent": {"status": intent}}
    failed = read_session(GOOD["session"] | unpaid)
    assert (failed.state, failed.is_failed) == (State.ENDED, True)

    declined = read_session(GOOD["session"] | unpaid | {"status": "open"})
    assert (declined.state, declined.is_failed) == (State.OPEN, False)


def test_a_session_that_expired_has_ended_and_did_not_fail():
    expired = read_session(GOOD["session"] | {"status": "expired"})

    assert (expired.state, expired.is_failed) == (State.ENDED, False)


@pytest.mark.parametrize("word", ["paid", "no_payment_required"])
def test_a_complete_session_is_paid_by_its_own_word_alone(word):
    alone = {"payment_status": word, "payment_intent": None}

    assert read_session(GOOD["session"] | alone).state is State.PAID


def test_what_a_session_without_a_charge_and_a_buyer_says_of_them():
    bare = {"payment_intent": None, "customer_details": None, "customer_email": "b@example.com"}
    session = read_session(GOOD["session"] | bare)

    assert (session.payment_intent_id, session.email) == (None, "b@example.com")
    assert session.confirmed_at == datetime(1970, 1, 1, 0, 0, 4, tzinfo=UTC)


@pytest.mark.parametrize("kind", READERS)
@settings(deadline=None, max_examples=50)
@given(odd=ODD)
def test_anything_at_all_is_read_and_fits(kind, odd):
    assert_fits(kind, READERS[kind](odd))


@pytest.mark.parametrize("kind", READERS)
@settings(deadline=None, max_examples=50)
@given(data=st.data())
def test_odd_fields_of_an_object_are_read_and_fit(kind, data):
    spoiled = json.loads(json.dumps(GOOD[kind]))
    for path in data.draw(st.lists(st.sampled_from(paths(GOOD[kind])), min_size=1, max_size=4)):
        spoil(spoiled, path, data.draw(st.one_of(st.just(...), ODD)))

    assert_fits(kind, READERS[kind](spoiled))


def paths(value: dict[str, Any], above: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Of every field, also of those within fields."""
    found = [(*above, key) for key in value]
    for key, inner in value.items():
        if isinstance(inner, dict):
            found += paths(inner, (*above, key))
    return found


def spoil(value: Any, path: tuple[str, ...], odd: Any) -> None:
    *above, last = path
    for key in above:
        value = value.get(key) if isinstance(value, dict) else None
    if isinstance(value, dict):
        value[last] = odd
        if odd is ...:
            del value[last]


@pytest.mark.parametrize(
    ("constant", "columns"),
    [
        (
            "ID_LENGTH",
            [
                ("orders.Order", "stripe_session_id"),
                ("orders.Refund", "stripe_refund_id"),
                ("shop.StripeCustomer", "stripe_id"),
            ],
        ),
        ("EMAIL_LENGTH", [("orders.Order", "email"), ("shop.Checkout", "email")]),
        ("NAME_LENGTH", [("orders.Order", "shipping_name")]),
        ("PRODUCT_NAME_LENGTH", [("orders.OrderLine", "product_name")]),
        ("DELIVERY_NAME_LENGTH", [("orders.Order", "delivery_name")]),
        ("WORD_LENGTH", [("orders.StripeEvent", "type")]),
    ],
)
def test_texts_are_cut_to_just_what_their_columns_hold(constant, columns):
    assert {column(*where).max_length for where in columns} == {getattr(stripe_objects, constant)}


@pytest.mark.parametrize(
    ("kind", "name"),
    [("refund", "reason"), ("refund", "status"), ("dispute", "status"), ("session", "currency")],
)
def test_a_word_that_is_new_and_long_is_cut_to_just_what_its_column_holds(kind, name):
    ((model, stored),) = COLUMNS[kind][name]
    read = READERS[kind](GOOD[kind] | {name: "x" * 5000})

    assert getattr(read, name) == "x" * column(model, stored).max_length


@settings(deadline=None)
@given(value=st.one_of(NUMBERS, TEXTS, st.none()))
def test_a_whole_number_is_never_made_up(value):
    whole = as_whole(value)

    assert whole == 0 or (whole == value and type(value) is int) or value > whole


@settings(deadline=None)
@given(text=st.text(max_size=30))
def test_a_plain_text_is_kept_as_it_is(text):
    assert as_text(text, 30) == text.replace("\0", "")


def test_half_a_character_costs_only_itself():
    assert as_text(f"Zo{HALF_A_CHARACTER}e", 10) == "Zo?e"


@pytest.mark.parametrize("text", ["7", "007", "999999999999999999"])
def test_an_id_of_a_row_is_plain_digits(text):
    assert as_row_id(text) == int(text)


@pytest.mark.parametrize("text", ["", "-7", "+7", " 7", "7.0", "٣", "1" * 19, "7_0", 7, None, []])
def test_anything_else_is_no_id_of_a_row(text):
    assert as_row_id(text) is None


@pytest.mark.parametrize("text", ["RMA-17", "", None, 7, [], {}, "x" * 5000, "\0"])
def test_what_is_no_uuid_of_ours_is_passed_over(text):
    assert as_uuid(text) is None


@pytest.mark.parametrize("seconds", [0, -1, None, "5", 1.5, True, 10**18, 253_402_300_799])
def test_a_time_that_no_calendar_holds_is_no_time(seconds):
    assert as_moment(seconds) is None


@pytest.mark.parametrize(
    ("kind", "name"),
    [("session", "confirmed_at"), ("dispute", "created_at"), ("event", "created_at")],
)
def test_what_names_no_time_of_its_own_is_of_now(kind, name):
    before = timezone.now()
    read = READERS[kind](GOOD[kind] | {"created": None, "payment_intent": None})

    assert before <= getattr(read, name) <= timezone.now()


@pytest.mark.parametrize("status", [None, ..., "new_word", 7, [], {}])
def test_a_session_of_which_stripe_says_nothing_we_know_is_neither_over_nor_paid(status):
    data = GOOD["session"] | {"status": status}
    if status is ...:
        del data["status"]

    assert read_session(data).state is State.OPEN


@pytest.mark.parametrize("payment_status", [None, "new_word", 7, [], "unpaid"])
def test_the_payment_itself_says_that_a_complete_session_is_paid(payment_status):
    data = GOOD["session"] | {"payment_status": payment_status}
    unpaid = data | {"payment_intent": {"id": "pi_1", "status": "processing"}}

    assert read_session(data).state is State.PAID
    assert read_session(unpaid).state is State.PROCESSING


@pytest.mark.parametrize("status", [None, ..., "", 7, []])
def test_a_refund_without_a_status_is_still_on_its_way(status):
    data = GOOD["refund"] | {"status": status}
    if status is ...:
        del data["status"]

    assert read_refund(data).status == "pending"


@pytest.mark.parametrize("price", [None, ..., "odd", 7, [], {"unit_amount": None}, {}])
def test_a_line_without_a_price_costs_its_part_of_the_whole_line(price):
    data = GOOD["line"] | {"price": price}
    if price is ...:
        del data["price"]

    assert read_line(data).unit_price_cents == 950


def test_a_session_says_which_delivery_was_chosen_and_where_to():
    session = read_session(GOOD["session"])

    assert (session.delivery_option, session.delivery_name) == (8, "Standard")
    assert (session.delivery_days, session.shipping_country) == ((3, 5), "US")


@pytest.mark.parametrize("rate", [None, ..., "shr_1", 7, [], {}])
def test_a_session_of_whose_delivery_stripe_says_nothing_has_none(rate):
    data = GOOD["session"] | {"shipping_cost": {"shipping_rate": rate}}
    if rate is ...:
        data["shipping_cost"] = None
    session = read_session(data)

    assert (session.delivery_option, session.delivery_name) == (None, "")
    assert session.delivery_days == (0, 0)


@pytest.mark.parametrize("unit", [None, "day", "hour", 7])
def test_days_that_are_no_working_days_are_not_read_as_such(unit):
    estimate = {end: {"unit": unit, "value": 3} for end in ("minimum", "maximum")}
    rate = RATE | {"delivery_estimate": estimate}

    session = read_session(GOOD["session"] | {"shipping_cost": {"shipping_rate": rate}})
    assert session.delivery_days == (0, 0)


def test_the_price_of_a_line_is_the_one_that_stripe_names():
    assert read_line(GOOD["line"] | {"amount_subtotal": 7}).unit_price_cents == 950


@pytest.mark.parametrize("quantity", [1, 0, None, -3])
def test_a_line_is_of_one_at_least(quantity):
    assert read_line(GOOD["line"] | {"quantity": quantity}).quantity == 1


def test_a_line_without_a_name_has_one_that_says_so():
    assert read_line(GOOD["line"] | {"description": None}).product_name == "Unnamed product"


@pytest.mark.parametrize("customer", ["cus_Ab1", {"id": "cus_Ab1", "object": "customer"}])
def test_the_customer_of_a_session_is_known_be_it_expanded_or_not(customer):
    assert read_session({"customer": customer}).customer_id == "cus_Ab1"


@pytest.mark.parametrize("odd", [None, "", "..", "cus_", "cus_a/b", "cus_é", "gcus_1", 5])
def test_what_is_no_id_of_a_customer_is_none(odd):
    assert read_session({"customer": odd}).customer_id == ""
