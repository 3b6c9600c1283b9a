"""One odd object at Stripe never stops the rest, and money that moved is written down."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from orders.events import HANDLERS
from orders.models import Dispute, Order, OrderLine, Refund, StripeEvent
from orders.reconcile import reconcile
from orders.recording import record_order
from orders.refunds import sync_refunds
from orders.tests.test_webhook import event, post, signed
from shop.models import Checkout, Product, Shop
from stripe_simulator import store
from stripe_simulator.testing import (
    close_dispute,
    deliver_due,
    early_fraud_warning,
    edit_metadata,
    emit,
    foreign_payment,
    foreign_refund,
    foreign_session,
    move_refund,
    open_dispute,
    override,
    pay,
    refund_at_stripe,
    set_nulls,
    set_webhooks,
)
from tests.pages import read, told

# `...` takes the field away.
ODD = [None, ..., "\ud800" + "x" * 5000, 10**18, [{"id": 7}], {"object": "list", "data": None}]
READ_OF_A_SESSION = [
    *("amount_subtotal", "amount_total", "collected_information", "currency"),
    *("customer_details", "customer_email", "metadata", "total_details", "url"),
    *("client_reference_id", "success_url"),
]
NAMED = {"ids": lambda value: "absent" if value is ... else repr(value)[:20]}


def run():
    return reconcile(timezone.now() - timedelta(days=3))


def line_of(session_id: str) -> str:
    """The id of a session's first line."""
    with store.transaction() as db:
        return db.require("checkout.session", session_id)["_line_items"][0]["id"]


def refund_form(as_staff: Client, order: Order) -> dict[str, str]:
    page = as_staff.get(f"/admin/orders/order/{order.pk}/refund/")
    refund_id = str(page.context["form"]["refund_id"].value())
    return {"refund_id": refund_id, "amount": "1.00", "reason": "duplicate", "confirmed": "true"}


@pytest.fixture
def order(paid) -> Order:
    return record_order(paid.stripe_session_id)


# Sessions


@pytest.mark.parametrize("odd", ODD, **NAMED)
def test_an_odd_field_of_a_paid_session_keeps_no_order_away(paid, odd, subtests):
    """The checkout is found by the session's own id, whatever the session says of itself."""
    for field in READ_OF_A_SESSION:
        with subtests.test(field=field):
            whole = override(paid.stripe_session_id)
            before = whole.get(field, ...)
            override(paid.stripe_session_id, **{field: odd})
            recorded = record_order(paid.stripe_session_id)
            assert recorded.lines.get().product_name == "Speckled mug"
            recorded.lines.all().delete()
            recorded.delete()
            Checkout.objects.update(status=Checkout.Status.OPEN)
            override(paid.stripe_session_id, **{field: before})


@pytest.mark.parametrize("way", ["webhook", "success page", "reconciler"])
def test_with_nulls_in_all_that_may_be_null_a_payment_is_recorded(paid, as_alice, way):
    set_nulls(True)
    if way == "webhook":
        payload = event(paid.stripe_session_id)
        assert post(payload, signed(payload)).status_code == 200
    elif way == "success page":
        page = as_alice.get("/success/", {"session_id": paid.stripe_session_id})
        assert read(page).headings[0] == "Order received"
    else:
        run()

    assert Order.objects.get().total_cents == 3800


@pytest.mark.parametrize("field", ["status", "payment_status"])
@pytest.mark.parametrize("odd", ODD, **NAMED)
def test_a_session_that_says_nothing_clear_of_itself_waits_and_keeps_its_stock(
    paid, as_alice, field, odd
):
    """What is only unclear is not given back: it is asked about until Stripe says something."""
    payment_id = override(paid.stripe_session_id)["payment_intent"]
    override(payment_id, status="a new word")
    override(paid.stripe_session_id, **{field: odd})
    payload = event(paid.stripe_session_id)

    assert post(payload, signed(payload)).status_code == 200
    assert as_alice.get("/success/", {"session_id": paid.stripe_session_id}).status_code == 200
    assert not run().failures
    assert not Order.objects.exists()
    paid.refresh_from_db()
    assert paid.status in Checkout.UNFINISHED


@pytest.mark.parametrize("length", [255, 256, 300, 5000])
def test_a_long_name_on_the_parcel_is_cut_and_the_order_is_there(paid, length, as_staff):
    address = {"line1": "x" * 5000, "city": "Oslo", "country": None}
    details = {"shipping_details": {"name": "N" * length, "address": address}}
    override(paid.stripe_session_id, collected_information=details)
    order = record_order(paid.stripe_session_id)

    assert order.shipping_name == "N" * 255
    assert "Oslo" in order.shipping_address
    assert as_staff.get(f"/admin/orders/order/{order.pk}/change/").status_code == 200


@pytest.mark.parametrize("odd", ODD, **NAMED)
def test_odd_details_of_a_parcel_keep_no_order_away(paid, odd):
    value = None if odd is ... else odd
    for name, address in ((value, {"line1": value, "city": value}), ("A", value)):
        shipping = {"name": name, "address": address}
        for details in (shipping, value):
            override(paid.stripe_session_id, collected_information={"shipping_details": details})
            Order.objects.all().delete()
            assert record_order(paid.stripe_session_id)
            OrderLine.objects.all().delete()


def test_a_session_without_collected_information_is_recorded(paid):
    override(paid.stripe_session_id, collected_information=...)

    assert record_order(paid.stripe_session_id).shipping_name == ""


@pytest.mark.parametrize("odd", ODD, **NAMED)
@pytest.mark.parametrize("field", ["description", "price", "quantity", "metadata"])
def test_an_order_that_is_rebuilt_from_odd_lines_is_there_and_asks_for_a_look(
    paid, as_staff, field, odd
):
    Checkout.objects.all().delete()
    override(line_of(paid.stripe_session_id), **{field: odd})
    order = record_order(paid.stripe_session_id)

    assert order.needs_review
    assert order.lines.count() == 1
    assert as_staff.get(f"/admin/orders/order/{order.pk}/change/").status_code == 200


@pytest.mark.parametrize("odd", [None, {"object": "list", "data": None}], ids=["none", "null"])
def test_a_session_that_tells_no_lines_is_recorded_by_the_snapshot(paid, odd, monkeypatch):
    monkeypatch.setattr("stripe_simulator.answers.line_items", lambda *_: odd)

    assert record_order(paid.stripe_session_id).lines.get().quantity == 2


def test_a_line_without_a_price_is_rebuilt_from_what_it_cost(paid):
    Checkout.objects.all().delete()
    override(line_of(paid.stripe_session_id), price=None)
    (line,) = record_order(paid.stripe_session_id).lines.all()

    assert (line.unit_price_cents, line.quantity) == (1900, 2)


def test_the_number_sold_can_always_be_counted_on(paid, mug):
    """PostgreSQL's column holds no more than 2**31 - 1."""
    Product.objects.update(sold_count=2**31 - 10**6)
    Checkout.objects.all().delete()
    override(line_of(paid.stripe_session_id), quantity=10**18)

    assert record_order(paid.stripe_session_id).lines.count() == 1


def test_staff_see_the_sum_of_odd_amounts(as_staff, as_alice, as_bob, mug, purchase):
    """SQLite refuses a sum that its numbers do not hold."""
    for client in (as_alice, as_bob):
        order = purchase(client, mug)
        override(order.stripe_session_id, amount_total=2**70)
        OrderLine.objects.all().delete()
        order.delete()
        record_order(order.stripe_session_id)

    assert as_staff.get("/admin/").status_code == 200


@pytest.mark.parametrize("key", ["shop", "site"])
def test_metadata_with_our_name_and_no_checkout_is_rebuilt_or_passed_over(db, key):
    """People copy metadata from one payment to another."""
    value = Shop.key() if key == "shop" else "http://127.0.0.1:8000"
    foreign_session({key: value})
    deliver_due()

    assert not StripeEvent.objects.filter(handled_at=None).exists()
    assert not run().failures
    assert Order.objects.count() == (key == "shop")


@pytest.mark.parametrize("odd", ["RMA-17", "x" * 500, "7", "00000000-0000-0000-0000-00000000000x"])
def test_metadata_that_names_no_checkout_of_ours_keeps_nobody_waiting(db, paid, odd):
    metadata = {"shop": Shop.key(), "checkout": odd, "buyer": odd, "site": odd}
    foreign_session(metadata)
    assert not run().failures

    assert Order.objects.count() == 2
    assert Order.objects.exclude(stripe_session_id=paid.stripe_session_id).get().user is None


def test_another_checkouts_id_in_the_metadata_takes_nothing_from_it(paid, order, alice):
    """A session that names a paid checkout is a payment of its own."""
    theirs = foreign_session({"shop": Shop.key(), "checkout": str(paid.pk)})
    run()

    paid.refresh_from_db()
    assert paid.stripe_session_id == order.stripe_session_id
    assert Order.objects.get(stripe_session_id=theirs["id"]).needs_review


def test_metadata_edited_by_hand_loses_no_order(paid, alice):
    for name in ("shop", "checkout", "buyer"):
        edit_metadata(paid.stripe_session_id, {name: "call back"})
    Checkout.objects.update(expires_at=timezone.now())
    run()

    assert Order.objects.get().user == alice


# Refunds


@pytest.mark.parametrize("metadata", [{"refund": "RMA-17"}, {"refund": "x" * 500}, {"order": "7"}])
def test_refunds_of_other_tools_keep_neither_webhook_nor_reconciler_nor_staff_from_theirs(
    order, as_staff, metadata
):
    set_webhooks("normal")
    foreign_refund(metadata)
    foreign_refund(metadata, payment_intent_id=order.stripe_payment_intent_id, amount=500)
    deliver_due()
    asked = refund_form(as_staff, order)
    page = as_staff.post(f"/admin/orders/order/{order.pk}/refund/", asked, follow=True)

    assert told(page) == ["$1.00 refunded."]
    assert not StripeEvent.objects.filter(handled_at=None).exists()
    assert not run().failures
    order.refresh_from_db()
    assert order.refunded_cents == 600


def test_a_refund_that_names_another_orders_refund_is_a_refund_of_its_own(order, as_staff):
    theirs = Refund.objects.create(order=order, amount_cents=100)
    other = foreign_refund({"refund": str(theirs.pk)})
    sync_refunds(other["payment_intent"])

    theirs.refresh_from_db()
    assert theirs.stripe_refund_id is None


@pytest.mark.parametrize("field", ["status", "reason", "metadata", "charge"])
@pytest.mark.parametrize("odd", ODD, **NAMED)
def test_an_odd_refund_is_counted_and_keeps_staff_from_nothing(order, as_staff, field, odd):
    made = refund_at_stripe(order.stripe_payment_intent_id, 500)
    override(made["id"], **{field: odd})
    assert not run().failures

    order.refresh_from_db()
    assert order.refunded_cents == 500
    asked = refund_form(as_staff, order)
    page = as_staff.post(f"/admin/orders/order/{order.pk}/refund/", asked, follow=True)
    assert told(page) == ["$1.00 refunded."]


@pytest.mark.parametrize("odd", ODD, **NAMED)
def test_a_refund_of_an_odd_amount_stops_neither_the_others_nor_the_orders_page(
    order, as_staff, odd
):
    made = refund_at_stripe(order.stripe_payment_intent_id, 500)
    refund_at_stripe(order.stripe_payment_intent_id, 700)
    override(made["id"], amount=odd)
    assert not run().failures

    assert Refund.objects.filter(amount_cents=700).exists()
    order.refresh_from_db()
    assert 700 <= order.refunded_cents <= order.total_cents
    assert as_staff.get(f"/admin/orders/order/{order.pk}/change/").status_code == 200


@pytest.mark.parametrize("word", [None, "a new word", "requires_action"])
def test_a_refund_with_a_status_that_is_new_counts_until_it_fails(order, word):
    made = refund_at_stripe(order.stripe_payment_intent_id, 500)
    move_refund(made["id"], word)
    run()
    order.refresh_from_db()
    assert order.refunded_cents == 500

    move_refund(made["id"], "failed")
    run()
    order.refresh_from_db()
    assert order.refunded_cents == 0


# Disputes and warnings


@pytest.mark.parametrize(
    "field", ["status", "evidence_details", "is_charge_refundable", "amount", "metadata"]
)
@pytest.mark.parametrize("odd", ODD, **NAMED)
def test_an_odd_dispute_is_noted_and_the_orders_page_opens(order, as_staff, field, odd):
    dispute = open_dispute(order.stripe_payment_intent_id)
    override(dispute["id"], **{field: odd})
    assert not run().failures

    assert Dispute.objects.get().order == order
    for page in (f"/admin/orders/order/{order.pk}/change/", "/admin/"):
        assert as_staff.get(page).status_code == 200


def test_disputes_and_warnings_of_other_tools_are_passed_over(order):
    set_webhooks("normal")
    payment_id = foreign_payment()["id"]
    open_dispute(payment_id)
    early_fraud_warning(payment_id)
    close_dispute(payment_id, won=False)
    deliver_due()

    assert not StripeEvent.objects.filter(handled_at=None).exists()
    assert not run().failures
    order.refresh_from_db()
    assert not order.needs_review


# Events


SUBJECTS = {
    "empty": {},
    "no id": {"object": "balance", "available": []},
    "nulls": {"id": None, "payment_intent": None, "metadata": None},
    "a list for an id": {"id": [1], "payment_intent": [1]},
    "numbers": {"id": 7, "payment_intent": 10**18},
    "objects": {"id": {"id": {}}, "payment_intent": {"id": {}}},
    "longest": {"id": "x" * 5000, "payment_intent": "x" * 5000},
    "half a character": {"id": "\ud800", "payment_intent": "\ud800"},
    "NUL": {"id": "\0", "payment_intent": "\0"},
    "another tool's": {"id": "obj_1", "payment_intent": "pi_1"},
}


@pytest.mark.django_db
@pytest.mark.parametrize("kind", [*HANDLERS, "balance.available", "x" * 200])
def test_an_event_about_an_odd_object_is_answered_and_done_with(kind):
    answers = {}
    for name, subject in SUBJECTS.items():
        payload = event("", kind, id=f"evt_{name}", data={"object": subject})
        answers[name] = post(payload, signed(payload)).status_code

    assert answers == dict.fromkeys(SUBJECTS, 200)
    assert not StripeEvent.objects.filter(handled_at=None).exists()


@pytest.mark.django_db
@pytest.mark.parametrize("odd", [*ODD, 2**70, "\0"], **NAMED)
@pytest.mark.parametrize("field", ["created", "api_version", "account", "request"])
def test_an_event_with_an_odd_field_is_answered(field, odd):
    changes = {} if odd is ... else {field: odd}
    payload = event("obj_1", "refund.created", **changes)

    assert post(payload, signed(payload)).status_code == 200


def test_an_object_without_an_id_is_no_trouble_from_stripe_to_here(db):
    emit("balance.available", {"object": "balance", "available": []})
    emit("refund.updated", {"object": "refund"})
    deliver_due()

    with store.transaction() as db:
        waiting = db.execute("SELECT type FROM deliveries WHERE state != 'delivered'").fetchall()
    assert waiting == []


# The others


def test_odd_objects_before_and_behind_an_order_do_not_starve_it(as_alice, as_bob, mug, buy):
    set_webhooks("lost")
    sessions = [foreign_session({"shop": Shop.key(), "checkout": "RMA-17"})["id"]]
    sessions += [buy(as_alice, mug).stripe_session_id]
    sessions += [foreign_session({"shop": Shop.key()}, currency="usd")["id"]]
    pay(sessions[1])
    for session_id in (sessions[0], sessions[2]):
        override(session_id, metadata={"shop": Shop.key()}, currency=None, total_details=[1])
        override(line_of(session_id), price=7, quantity={}, description=None)
    foreign_refund({"refund": "RMA-17"})
    foreign_refund({"refund": str(uuid4())})
    assert not run().failures

    assert set(Order.objects.values_list("stripe_session_id", flat=True)) == set(sessions)
