"""Stripe's events: believed only when signed, handled once, and only a hint."""

import json
from datetime import UTC, datetime
from uuid import uuid4

import pytest
import stripe
import time_machine
from django.test import Client

from accounts.models import User
from orders.events import HANDLERS, session_changed
from orders.models import Order, StripeEvent, WebhookRefusal
from orders.recording import record_order
from shop.models import Checkout, Shop
from stripe_simulator.testing import deliver_due, inject_fault, pay, set_webhooks, settle
from tests.pages import read

URL = "/webhooks/stripe/"


def signed(payload: str | bytes, secret: str = "whsec_simulated", timestamp: int | None = None):
    text = payload.decode(errors="surrogateescape") if isinstance(payload, bytes) else payload
    header = stripe.WebhookSignature.generate_signature_header(text, secret, timestamp)
    return {"stripe-signature": header}


def post(payload, headers=None, url=URL):
    client = Client(raise_request_exception=False, enforce_csrf_checks=True)
    return client.post(url, payload, content_type="application/json", headers=headers or {})


def event(session_id: str, kind: str = "checkout.session.completed", **changes) -> str:
    """A signed event in Stripe's shape, as little of it as the shop reads."""
    subject = {"id": session_id, "object": "checkout.session"}
    return json.dumps(
        {
            "id": "evt_1",
            "object": "event",
            "type": kind,
            "livemode": False,
            "api_version": "2026-10-28.endive",
            "created": 1,
            "data": {"object": subject},
        }
        | changes
    )


@pytest.fixture
def paid(as_alice, mug, buy, own_world) -> Checkout:
    """A session that is paid, and whose own events are lost: tests post theirs."""
    set_webhooks("lost")
    checkout = buy(as_alice, mug)
    pay(checkout.stripe_session_id)
    return checkout


def test_a_buyer_who_closes_the_tab_after_paying_still_has_an_order(as_alice, alice, mug, buy):
    checkout = buy(as_alice, mug, 2)
    pay(checkout.stripe_session_id)
    deliver_due()

    order = Order.objects.get()
    assert (order.user, order.total_cents) == (alice, 3800)
    assert read(as_alice.get("/orders/")).column("Order") == [order.number]


@pytest.mark.parametrize("url", ["/webhooks/stripe/", "/webhooks/stripe"])
def test_the_webhook_needs_no_login_no_csrf_token_and_no_slash(paid, url):
    payload = event(paid.stripe_session_id)

    assert post(payload, signed(payload), url).status_code == 200
    assert Order.objects.count() == 1


def test_an_event_that_comes_again_does_nothing_again(paid):
    payload = event(paid.stripe_session_id)
    answers = {post(payload, signed(payload)).status_code for _ in range(6)}

    assert answers == {200}
    assert Order.objects.count() == StripeEvent.objects.count() == 1


def test_two_events_for_one_payment_make_one_order(paid):
    for name in ("evt_1", "evt_2"):
        payload = event(paid.stripe_session_id, id=name)
        assert post(payload, signed(payload)).status_code == 200

    assert Order.objects.count() == 1
    assert StripeEvent.objects.count() == 2


FORGED = {
    "no signature": lambda payload: (payload, {}),
    "an empty one": lambda payload: (payload, {"stripe-signature": ""}),
    "nonsense": lambda payload: (payload, {"stripe-signature": "t=1,v1=abc"}),
    "not ascii": lambda payload: (payload, {"stripe-signature": "t=1,v1=ünïcode"}),
    "another secret": lambda payload: (payload, signed(payload, "whsec_other")),
    "an old one": lambda payload: (payload, signed(payload, timestamp=1_000_000_000)),
    "a byte changed": lambda payload: (payload.replace("evt_1", "evt_2"), signed(payload)),
    "not json": lambda payload: ("not json", signed("not json")),
    "a signed list": lambda payload: ("[1]", signed("[1]")),
    "a signed {}": lambda payload: ("{}", signed("{}")),
    "a signed string": lambda payload: ('"x"', signed('"x"')),
    "nothing": lambda payload: ("", signed("")),
    "not utf-8": lambda payload: (b"\xff\xfe", {"stripe-signature": "t=1,v1=abc"}),
    "no object in it": lambda payload: (
        bare := json.dumps(json.loads(payload) | {"data": {}}),
        signed(bare),
    ),
    "no id": lambda payload: (
        bare := json.dumps(json.loads(payload) | {"id": None}),
        signed(bare),
    ),
    "no type": lambda payload: (
        bare := json.dumps(json.loads(payload) | {"type": None}),
        signed(bare),
    ),
    "an object that is no event": lambda payload: (
        bare := json.dumps(json.loads(payload) | {"object": "charge"}),
        signed(bare),
    ),
}


@pytest.mark.parametrize("how", FORGED)
def test_what_stripe_did_not_sign_is_refused_and_leaves_nothing(paid, how, caplog):
    payload, headers = FORGED[how](event(paid.stripe_session_id))

    response = post(payload, headers)
    assert (response.status_code, response.headers["Content-Type"]) == (400, "text/plain")
    assert not Order.objects.exists()
    assert not StripeEvent.objects.exists()
    assert paid.stripe_session_id not in caplog.text


def test_without_a_secret_every_event_is_refused(paid, settings):
    settings.STRIPE_WEBHOOK_SECRET = ""
    payload = event(paid.stripe_session_id)

    assert post(payload, signed(payload, "")).status_code == 400


@pytest.mark.parametrize("method", ["get", "head", "put", "delete"])
def test_only_a_post_is_an_event(client, db, method):
    assert getattr(client, method)(URL).status_code == 405


def test_an_event_of_a_type_that_is_not_used_is_accepted(db):
    payload = event("cus_1", "customer.created")
    response = post(payload, signed(payload))

    assert (response.status_code, response.headers["Content-Type"]) == (200, "text/plain")


def test_an_event_of_the_other_mode_is_ignored(paid):
    payload = event(paid.stripe_session_id, livemode=True)

    assert post(payload, signed(payload)).status_code == 200
    assert not Order.objects.exists()


def test_the_session_of_another_shop_is_accepted_and_ignored(paid):
    Checkout.objects.all().delete()
    Shop.objects.update(stripe_key=uuid4())
    payload = event(paid.stripe_session_id)

    assert post(payload, signed(payload)).status_code == 200
    assert not Order.objects.exists()


def test_the_event_is_only_a_hint_and_stripe_is_asked(as_alice, mug, buy, own_world):
    set_webhooks("lost")
    unpaid = buy(as_alice, mug)
    payload = event(
        unpaid.stripe_session_id,
        data={
            "object": {
                "id": unpaid.stripe_session_id,
                "object": "checkout.session",
                "payment_status": "paid",
            }
        },
    )

    assert post(payload, signed(payload)).status_code == 200
    assert not Order.objects.exists()


def test_when_stripe_cannot_be_asked_the_event_comes_again(paid):
    inject_fault("GET", "/v1/checkout/sessions/{id}", "error_500", times=3)
    payload = event(paid.stripe_session_id)

    assert post(payload, signed(payload)).status_code == 500
    failed = StripeEvent.objects.get()
    assert failed.handled_at is None
    assert "retrieve session failed" in failed.error

    assert post(payload, signed(payload)).status_code == 200
    assert Order.objects.count() == 1
    failed.refresh_from_db()
    assert failed.handled_at
    assert failed.error == ""


def test_an_event_that_the_database_failed_is_kept_for_staff_and_works_on_retry(paid, monkeypatch):
    from django.db import DatabaseError

    from orders import recording

    def fail(*_):
        raise DatabaseError("disk full")

    payload = event(paid.stripe_session_id)
    with monkeypatch.context() as broken:
        broken.setattr(recording, "write_lines", fail)
        assert post(payload, signed(payload)).status_code == 500
    kept = StripeEvent.objects.get()
    assert (kept.handled_at, kept.error) == (None, "DatabaseError: disk full")
    assert not Order.objects.exists()

    assert post(payload, signed(payload)).status_code == 200
    assert Order.objects.get().lines.count() == 1
    kept.refresh_from_db()
    assert kept.handled_at
    assert kept.error == ""


def test_a_late_expired_event_does_not_undo_a_paid_checkout(paid):
    session_events = [kind for kind, act in HANDLERS.items() if act is session_changed]
    for number, kind in enumerate(session_events):
        payload = event(paid.stripe_session_id, kind, id=f"evt_{number}")
        assert post(payload, signed(payload)).status_code == 200

    paid.refresh_from_db()
    assert paid.status == Checkout.Status.PAID
    assert Order.objects.count() == 1


def test_a_delayed_payment_becomes_an_order_when_it_arrives(as_alice, mug, buy):
    checkout = buy(as_alice, mug)
    pay(checkout.stripe_session_id, delayed=True)
    deliver_due()
    checkout.refresh_from_db()
    assert checkout.status == Checkout.Status.PROCESSING
    assert not Order.objects.exists()

    settle(checkout.stripe_session_id)
    deliver_due()
    assert Order.objects.get().stripe_session_id == checkout.stripe_session_id


def test_a_session_that_expired_ends_the_checkout(as_alice, mug, buy):
    with time_machine.travel("2026-11-23 12:00Z", tick=False) as clock:
        checkout = buy(as_alice, mug)
        clock.shift(41 * 60)
        as_alice.get("/stripe-simulator/")  # the simulator looks at its clock
        deliver_due()

    checkout.refresh_from_db()
    assert checkout.status == Checkout.Status.EXPIRED


def test_events_delivered_twice_make_one_order(as_alice, mug, buy):
    set_webhooks("duplicate")
    pay(buy(as_alice, mug).stripe_session_id)
    deliver_due()

    assert Order.objects.count() == 1


# What staff see of it


EVENTS = "/admin/orders/stripeevent/"


def health(client: Client) -> list[str]:
    return read(client.get(EVENTS), ".webhook-health").items


@pytest.fixture
def failed(paid) -> StripeEvent:
    inject_fault("GET", "/v1/checkout/sessions/{id}", "error_500", times=3)
    payload = event(paid.stripe_session_id)
    post(payload, signed(payload))
    return StripeEvent.objects.get()


def test_a_failed_event_is_handled_again_by_staff_once_the_trouble_is_over(as_staff, failed):
    assert health(as_staff)[2].startswith("1 could not be handled: select them below")
    again = {"action": "handle_again", "_selected_action": [failed.pk]}
    inject_fault("GET", "/v1/checkout/sessions/{id}", "error_500", times=3)
    said = [read(as_staff.post(EVENTS, again, follow=True), ".messagelist").text for _ in range(2)]
    assert "still failing" in said[0]
    assert "handled." in said[1]

    assert Order.objects.count() == 1
    assert health(as_staff)[2:] == ["Every event was handled."]


def test_other_events_go_on_while_one_type_fails(as_bob, mug, buy, failed):
    set_webhooks("normal")
    pay(buy(as_bob, mug).stripe_session_id)
    deliver_due()

    assert Order.objects.count() == 1


def test_staff_see_whether_events_arrive(as_staff, paid):
    assert health(as_staff)[0] == "Last event received: never"
    record_order(paid.stripe_session_id)
    no_event = "1 orders of the last three days were paid, but no event came"
    assert health(as_staff)[3].startswith(no_event)

    payload = event(paid.stripe_session_id)
    post(payload, signed(payload))
    StripeEvent.objects.update(received_at=datetime(2026, 5, 3, 9, 30, tzinfo=UTC))
    with time_machine.travel(datetime(2026, 5, 3, 10, 0, tzinfo=UTC), tick=False):
        as_staff.force_login(User.objects.get(username="staff"))
        last = "Last event received: May 3, 2026, 9:30 a.m. (30 minutes ago)"
        assert health(as_staff) == [last, "Nothing was rejected.", "Every event was handled."]


def test_staff_see_what_was_turned_away(as_staff, paid):
    assert health(as_staff)[1] == "Nothing was rejected."
    for _ in range(3):
        post("forged")
    live = event(paid.stripe_session_id, livemode=True)
    post(live, signed(live))
    WebhookRefusal.objects.update(last_at=datetime(2026, 5, 3, 9, 30, tzinfo=UTC))

    assert sorted(health(as_staff)[1:3]) == [
        "Rejected because not signed with our secret: 3, last May 3, 2026, 9:30 a.m.",
        "Rejected because of Stripe's other mode (test or live): 1, last May 3, 2026, 9:30 a.m.",
    ]


def test_staff_see_when_the_last_one_was_turned_away(db):
    days = [datetime(2026, 5, day, 9, 30, tzinfo=UTC) for day in (3, 4)]
    for day in days:
        with time_machine.travel(day, tick=False):
            post("forged")

    assert WebhookRefusal.objects.get().last_at == days[-1]
