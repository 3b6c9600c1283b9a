"""The real way to Stripe, over HTTP, against a server on this machine that misbehaves."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from unittest.mock import Mock
from urllib.parse import parse_qsl
from uuid import uuid4

import pytest
import stripe

from shop import payments
from shop.models import Checkout
from tests.pages import read

Answer = Callable[[BaseHTTPRequestHandler], None]


def status(code: int, body: str = '{"error": {"message": "no", "type": "api_error"}}') -> Answer:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(code)
        request.send_header("Request-Id", "req_ofStripe")
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body.encode())

    return answer


def cut(request: BaseHTTPRequestHandler) -> None:
    """The connection ends in the middle of the answer."""
    request.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n{")
    request.wfile.flush()
    request.close_connection = True


@pytest.fixture
def misbehave(settings, monkeypatch) -> Iterator[Callable[[Answer], list[dict]]]:
    """Answer every request so, and write each request down."""
    requests: list[dict] = []
    answers: list[Answer] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            requests.append({"headers": self.headers, "body": self.rfile.read(length)})
            answers[0](self)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    settings.STRIPE_SIMULATED = False
    settings.STRIPE_SECRET_KEY = "sk_test_abc"
    settings.STRIPE_API_BASE = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setattr("stripe.HTTPClient._sleep_time_seconds", lambda *_: 0)

    def behave(answer: Answer) -> list[dict]:
        answers[:] = [answer]
        return requests

    yield behave
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(
    ("answer", "tries", "left"),
    [
        (status(500), 3, "expired"),  # saved under the key for a day: only a new one can succeed
        (status(503), 3, "expired"),
        (status(401), 1, "expired"),  # nothing was done
        (status(402, '{"error": {"type": "card_error"}}'), 1, "expired"),
        (status(403), 1, "expired"),
        (status(400, '{"error": {"type": "idempotency_error"}}'), 1, "expired"),
        (status(409), 3, "open"),  # what Stripe did is not known: the same key tells it
        (status(429), 1, "open"),
        (status(200, "not json"), 1, "open"),
        (status(200, "[1]"), 1, "open"),
        (cut, 1, "open"),
    ],
    ids=["500", "503", "401", "402", "403", "used key", "409", "429", "malformed", "a list", "cut"],
)
def test_a_shopper_reads_plain_words_whatever_stripe_does(
    as_alice, mug, misbehave, answer, tries, left, caplog
):
    requests = misbehave(answer)
    page = as_alice.post(f"/checkout/{mug.pk}/", {"quantity": 1})

    checkout = Checkout.objects.get()
    assert page.status_code == 503
    assert read(page).headings == ["You have not been charged"]
    assert checkout.status == left
    assert {request["headers"]["Idempotency-Key"] for request in requests} == {
        f"checkout-{checkout.pk}"
    }
    assert len({request["body"] for request in requests}) == 1
    assert len(requests) == tries
    assert str(checkout.pk) in caplog.text
    assert "alice" not in caplog.text


def test_a_refund_is_asked_for_under_its_own_id(db, misbehave):
    requests = misbehave(status(500))
    refund_id = uuid4()
    with pytest.raises(payments.AnswerIsSaved):
        payments.create_refund(refund_id, "pi_1", 500, "duplicate")

    assert len(requests) == 3
    for request in requests:
        assert request["headers"]["Idempotency-Key"] == f"refund-{refund_id}"
        assert dict(parse_qsl(request["body"].decode())) == {
            "payment_intent": "pi_1",
            "amount": "500",
            "metadata[refund]": str(refund_id),
            "reason": "duplicate",
        }


@pytest.mark.parametrize("stumble", [AttributeError, KeyError, TypeError, ValueError])
def test_whatever_the_sdk_stumbles_over_is_an_error_of_ours(db, stumble, monkeypatch):
    with pytest.raises(payments.PaymentError), payments.asking("look", "it up"):
        raise stumble

    monkeypatch.setattr(payments, "configured_client", Mock(side_effect=stumble))
    with pytest.raises(payments.BadSignature):
        payments.parse_event(b"{}", "")


def test_stripes_request_id_is_in_the_log(as_alice, mug, misbehave, caplog):
    misbehave(status(500))
    as_alice.post(f"/checkout/{mug.pk}/", {"quantity": 1})

    assert "req_ofStripe" in caplog.text


def test_nothing_is_sent_that_stripe_did_not_ask_for(as_alice, mug, misbehave):
    requests = misbehave(status(401))
    as_alice.post(f"/checkout/{mug.pk}/", {"quantity": 1})

    assert "X-Stripe-Client-Telemetry" not in requests[0]["headers"]
    assert requests[0]["headers"]["Stripe-Version"] == "2026-10-28.endive"
    assert requests[0]["headers"]["Authorization"] == "Bearer sk_test_abc"


def test_nobody_waits_longer_than_3_seconds_to_connect_and_10_to_read(monkeypatch):
    waits = []

    def request(self, *args: object, timeout: object, **kwargs: object) -> None:
        waits.append(timeout)
        raise TimeoutError

    monkeypatch.setattr("requests.Session.request", request)
    client = payments.client_for.__wrapped__("sk_test_abc", "http://127.0.0.1:1", False)
    with pytest.raises(stripe.APIConnectionError) as error:
        client.v1.balance.retrieve()

    assert waits[0] == (3, 10)
    assert "no whole answer in time" not in str(error.value)  # what went wrong is heard of at once


def test_a_server_that_sends_a_byte_now_and_then_holds_nobody(
    as_alice, mug, misbehave, monkeypatch
):
    released = threading.Event()

    def trickle(request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n")
        while not released.wait(0.01):  # each byte begins the read timeout afresh
            request.wfile.write(b" ")
            request.wfile.flush()
        request.close_connection = True

    monkeypatch.setattr(payments, "SECONDS_ALL_TOLD", 0.2)
    requests = misbehave(trickle)
    page = as_alice.post(f"/checkout/{mug.pk}/", {"quantity": 1})
    released.set()

    assert page.status_code == 503
    assert len(requests) == 1


def test_what_stripe_answers_is_understood(as_alice, mug, misbehave):
    misbehave(status(400, json.dumps({"error": {"type": "invalid_request_error"}})))
    page = as_alice.post(f"/checkout/{mug.pk}/", {"quantity": 1})

    assert page.status_code == 503
    assert Checkout.objects.get().status == Checkout.Status.EXPIRED
