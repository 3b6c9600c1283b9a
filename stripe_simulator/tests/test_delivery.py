import json
import threading
import time

import pytest
import stripe

from stripe_simulator import delivery
from stripe_simulator.testing import deliver_due, inject_fault, pay, resend, set_webhooks

PAID = ["charge.succeeded", "payment_intent.succeeded", "checkout.session.completed"]


def verified(api, payload: bytes, headers: dict[str, str], secret: str):
    return api.construct_event(payload, headers["Stripe-Signature"], secret)


def test_an_event_carries_the_object_and_a_signature_that_the_sdk_accepts(
    api, session, inbox, settings
):
    pay(session.id)
    assert deliver_due() == 3
    payload, headers = inbox[2]
    event = verified(api, payload, headers, settings.STRIPE_WEBHOOK_SECRET)
    assert event.type == "checkout.session.completed"
    assert (event.api_version, event.livemode) == ("2026-10-28.endive", False)
    assert event.data.object["id"] == session.id
    assert not [key for key in event.data.object.to_dict() if key.startswith("_")]
    assert headers["User-Agent"].startswith("Stripe/1.0")


def test_an_api_call_of_the_shop_delivers_nothing_by_itself(api, session, inbox):
    api.v1.checkout.sessions.expire(session.id)
    assert inbox == []
    deliver_due()
    assert inbox.types == ["checkout.session.expired"]


def test_a_delivered_event_is_not_delivered_again(api, session, inbox):
    pay(session.id)
    deliver_due()
    assert deliver_due() == 0
    assert len(api.v1.events.list(params={"delivery_success": True}).data) == 3


@pytest.mark.parametrize("status", [0, 301, 400, 500])
def test_a_refused_event_is_tried_again_later_and_later(clock, api, session, inbox, status):
    api.v1.checkout.sessions.expire(session.id)
    inbox.status = status
    deliver_due()
    assert deliver_due() == 0
    for pause in delivery.BACK_OFF:
        clock.shift(pause - 1)
        assert deliver_due() == 0
        clock.shift(1)
        assert deliver_due() == 1
    clock.shift(7 * 24 * 3600)
    assert deliver_due() == 0
    assert len(api.v1.events.list(params={"delivery_success": False}).data) == 1
    inbox.status = 200
    assert resend(session.id) == 1
    deliver_due()
    assert len(api.v1.events.list(params={"delivery_success": True}).data) == 1
    timestamps = {headers["Stripe-Signature"].split(",")[0] for _, headers in inbox}
    assert len(timestamps) == len(inbox)


def test_events_can_come_twice_with_the_same_id(session, inbox):
    set_webhooks("duplicate")
    pay(session.id)
    deliver_due()
    assert sorted(inbox.types) == sorted(PAID * 2)
    assert len({event["id"] for event in inbox.events}) == 3


def test_events_can_be_lost(api, session, inbox):
    set_webhooks("lost")
    pay(session.id)
    deliver_due()
    assert inbox == []
    assert len(api.v1.events.list(params={"delivery_success": False}).data) == 3


def test_events_can_be_late(clock, session, inbox):
    pay(session.id, webhooks="delayed")
    clock.shift(29)
    assert deliver_due() == 0
    clock.shift(1)
    assert deliver_due() == 3


def test_events_can_come_in_the_wrong_order(session, inbox):
    set_webhooks("reordered")
    pay(session.id)
    deliver_due()
    assert inbox.types == PAID[::-1]


def test_events_can_be_forged(api, session, inbox, settings):
    set_webhooks("bad_signature")
    pay(session.id)
    deliver_due()
    with pytest.raises(stripe.SignatureVerificationError):
        verified(api, *inbox[0], settings.STRIPE_WEBHOOK_SECRET)


def test_events_can_be_of_another_mode_or_version(create, inbox):
    set_webhooks("wrong_livemode")
    pay(create().id)
    set_webhooks("other_api_version")
    pay(create().id)
    deliver_due()
    assert [event["livemode"] for event in inbox.events] == [True] * 3 + [False] * 3
    assert inbox.events[0]["api_version"] != inbox.events[-1]["api_version"]


def test_a_choice_for_one_payment_leaves_the_others_alone(create, inbox):
    pay(create().id, webhooks="lost")
    pay(create().id)
    deliver_due()
    assert inbox.types == PAID


def test_an_unknown_way_of_delivery_is_refused():
    with pytest.raises(ValueError, match="carrier pigeon"):
        set_webhooks("carrier pigeon")


def test_two_processes_do_not_deliver_the_same_event(create, inbox):
    for _ in range(4):
        pay(create().id)
    threads = [threading.Thread(target=deliver_due) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(inbox) == len({event["id"] for event in inbox.events}) == 12


def test_a_claim_lapses_with_its_process(clock, session, inbox, monkeypatch):
    def die(*args):
        raise SystemExit

    pay(session.id)
    monkeypatch.setattr(delivery, "send", die)
    with pytest.raises(SystemExit):
        deliver_due()
    monkeypatch.setattr(delivery, "send", inbox.send)
    assert deliver_due() == 2
    clock.shift(delivery.SECONDS_CLAIMED)
    assert deliver_due() == 1


def test_a_thread_delivers_what_is_queued_and_then_ends(session, inbox, monkeypatch):
    monkeypatch.setattr(delivery, "background", True)
    pay(session.id)
    delivery.deliver_now("checkout.session.completed", session.id)
    assert "checkout.session.completed" in inbox.types
    deadline = time.monotonic() + 5
    while any(thread.name == "stripe-simulator" for thread in threading.enumerate()):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert sorted(inbox.types) == sorted(PAID)


def test_the_network_is_used_when_nothing_replaces_it(monkeypatch, settings):
    """The real `send` posts the bytes as they are and does not follow redirects."""
    from http.server import BaseHTTPRequestHandler, HTTPServer

    bodies = []

    class Shop(BaseHTTPRequestHandler):
        def do_POST(self):
            bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(302)
            self.send_header("Location", "/elsewhere/")
            self.end_headers()

        def log_message(self, *args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Shop)
    thread = threading.Thread(target=server.serve_forever, args=[0.01])
    thread.start()
    try:
        monkeypatch.undo()
        address = f"http://127.0.0.1:{server.server_port}/"
        assert delivery.send(address, b'{"a":  1}', {"X-Test": "1"}) == 302
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert bodies == [b'{"a":  1}']


def test_events_of_a_request_whose_answer_was_lost_still_come(api, session, inbox):
    inject_fault("POST", "/v1/checkout/sessions/{id}/expire", "read_timeout_after")
    api.v1.checkout.sessions.expire(session.id, options={"idempotency_key": "once"})
    deliver_due()
    assert inbox.types == ["checkout.session.expired"]
    assert json.loads(inbox[0][0])["data"]["object"]["status"] == "expired"
