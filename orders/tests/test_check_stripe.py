"""`manage.py check_stripe`, over HTTP, against a stand-in that answers what each test says."""

import json
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.management import call_command
from django.utils import timezone

from orders.events import HANDLERS
from shop.payments import API_VERSION

# Each question to Stripe first looks whether the database is another Stripe's.
pytestmark = pytest.mark.django_db

SITE = "https://shop.example.com"
ACCOUNT = {"id": "acct_1", "charges_enabled": True, "default_currency": "usd"}
ENDPOINT = {
    "url": f"{SITE}/webhooks/stripe/",
    "status": "enabled",
    "enabled_events": list(HANDLERS),
    "api_version": API_VERSION,
}
NOT_ALLOWED = (403, {"error": {"type": "invalid_request_error", "message": "no permission"}})
NOT_THERE = (404, {"error": {"type": "invalid_request_error", "code": "resource_missing"}})
GOOD = {
    "GET /v1/account": (200, ACCOUNT),
    "GET /v1/webhook_endpoints": (200, {"object": "list", "data": [ENDPOINT]}),
    "GET /v1/tax/settings": (200, {"object": "tax.settings", "status": "active"}),
    "GET /v1/checkout/sessions": (200, {"object": "list", "data": []}),
    "GET /v1/refunds": (200, {"object": "list", "data": []}),
    "GET /v1/disputes": (200, {"object": "list", "data": []}),
    "GET /v1/events": (200, {"object": "list", "data": []}),
    "GET /v1/radar/early_fraud_warnings": (200, {"object": "list", "data": []}),
}


class StripeStandIn:
    """Answers by method and path; what is not there is not there."""

    def __init__(self) -> None:
        self.answers: dict[str, tuple[int, Any]] = dict(GOOD)
        self.asked: list[str] = []
        self.words: dict[str, str] = {}  # that came with a question, by method and path
        self.ahead = timedelta()

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers.get("Content-Length") or 0)).decode()
        url = urlsplit(request.path)
        asked = f"{request.command} {url.path}"
        self.asked.append(asked)
        self.words[asked] = url.query or body
        status, document = self.answers.get(asked, NOT_THERE)
        answer = document if isinstance(document, str) else json.dumps(document)
        request.send_response_only(status)
        request.send_header("Date", format_datetime(timezone.now() + self.ahead, usegmt=True))
        request.send_header("Content-Length", str(len(answer)))
        request.end_headers()
        request.wfile.write(answer.encode())


@pytest.fixture
def stripe(settings, monkeypatch) -> Iterator[StripeStandIn]:
    stand_in = StripeStandIn()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            stand_in.answer(self)

        do_POST = do_GET

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    settings.STRIPE_SIMULATED = False
    settings.STRIPE_SECRET_KEY = "rk_live_secretpart"
    settings.STRIPE_WEBHOOK_SECRET = "whsec_secretpart"
    settings.STRIPE_API_BASE = f"http://127.0.0.1:{server.server_port}"
    settings.SITE_URL, settings.SITE_HOST = SITE, "shop.example.com"
    monkeypatch.setattr("stripe.HTTPClient._sleep_time_seconds", lambda *_: 0)
    yield stand_in
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def check(capsys) -> Callable[[], tuple[int, str]]:
    """Run the command: its exit status, and its lines that are not ok."""

    def run() -> tuple[int, str]:
        try:
            call_command("check_stripe", no_color=True)
            status = 0
        except SystemExit as stopped:
            status = stopped.code
        lines = capsys.readouterr().out.splitlines()
        assert all(line.startswith(("ok: ", "note: ", "problem: ")) for line in lines)
        assert "secretpart" not in "".join(lines)
        return status, "\n".join(line for line in lines if not line.startswith("ok:"))

    return run


def test_an_account_that_fits_has_no_problem(stripe, check):
    assert check() == (0, "")


def test_nothing_is_asked_that_could_change_anything_at_stripe(stripe, check):
    check()
    written = [asked for asked in stripe.asked if asked.startswith("POST")]

    assert written == [
        "POST /v1/checkout/sessions/cs_live_doesnotexist/expire",
        "POST /v1/refunds",
        "POST /v1/customers/cus_doesnotexist",
    ]


def test_a_question_goes_to_stripe_with_all_its_words(stripe, check):
    check()

    assert stripe.words["GET /v1/webhook_endpoints"] == "limit=100"
    assert stripe.words["POST /v1/refunds"] == "payment_intent=pi_doesnotexist"


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        ("POST /v1/checkout/sessions/cs_live_doesnotexist/expire", "Checkout Sessions: write"),
        ("GET /v1/checkout/sessions", "Checkout Sessions: read"),
        ("POST /v1/refunds", "Refunds: write"),
        ("GET /v1/refunds", "Refunds: read"),
        ("GET /v1/payment_intents/pi_doesnotexist", "Payment Intents: read"),
        ("GET /v1/charges/ch_doesnotexist", "Charges: read"),
        ("GET /v1/shipping_rates/shr_doesnotexist", "Shipping Rates: read"),
        ("GET /v1/disputes", "Disputes: read"),
        ("GET /v1/events", "Events: read"),
        ("POST /v1/customers/cus_doesnotexist", "Customers: write"),
        ("GET /v1/radar/early_fraud_warnings", "Radar's early fraud warnings: read"),
    ],
)
def test_a_permission_that_a_restricted_key_lacks_is_named(stripe, check, asked, named):
    stripe.answers[asked] = NOT_ALLOWED
    status, said = check()

    assert status == 1
    assert f"The key is not allowed {named}." in said
    assert said.count("problem:") == 1


def test_a_key_that_is_not_restricted_is_not_tried_out(stripe, check, settings):
    settings.STRIPE_SECRET_KEY = "sk_live_secretpart"

    assert check() == (0, "")
    assert not any(asked.startswith("POST") for asked in stripe.asked)


def test_a_key_that_stripe_does_not_know_is_said_and_nothing_else_is_asked(stripe, check):
    stripe.answers["GET /v1/account"] = (401, {"error": {"type": "invalid_request_error"}})
    status, said = check()

    assert status == 1
    assert "Stripe does not know the key" in said
    assert stripe.asked == ["GET /v1/account"]


def test_a_stripe_that_cannot_be_reached_is_said_once(check, stripe, settings):
    settings.STRIPE_API_BASE = "http://127.0.0.1:1"
    status, said = check()

    assert status == 1
    assert said.count("problem:") == 1
    assert "Stripe did not answer" in said


def test_no_key_at_all_is_a_problem(check, stripe, settings):
    settings.STRIPE_SECRET_KEY = ""
    status, said = check()

    assert status == 1
    assert "STRIPE_SECRET_KEY is not set" in said


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"url": "https://other.example.com/"}, "No webhook endpoint sends to"),
        ({"status": "disabled"}, "switched off"),
        ({"enabled_events": ["charge.refunded"]}, "does not send charge.dispute.closed"),
        ({"enabled_events": None}, "does not send charge.dispute.closed"),
        ({"api_version": "2020-08-27"}, "API version is 2020-08-27"),
        ({"api_version": None}, "API version is the account's own"),
    ],
)
def test_what_is_wrong_with_the_webhook_endpoint_is_said(stripe, check, change, words):
    document = {"data": [ENDPOINT | change, {"url": None}, "odd"]}
    stripe.answers["GET /v1/webhook_endpoints"] = (200, document)
    status, said = check()

    assert status == 1
    assert words in said
    assert said.count("problem:") == 1


@pytest.mark.parametrize(
    "change", [{"url": f"{SITE}/webhooks/stripe"}, {"enabled_events": ["*"]}, {"id": "we_1"}]
)
def test_a_webhook_endpoint_may_be_written_in_other_ways(stripe, check, change):
    stripe.answers["GET /v1/webhook_endpoints"] = (200, {"data": [ENDPOINT | change]})

    assert check() == (0, "")


def test_two_endpoints_at_the_same_address_are_one_too_many(stripe, check):
    stripe.answers["GET /v1/webhook_endpoints"] = (200, {"data": [ENDPOINT, ENDPOINT]})

    assert "delete all but the one" in check()[1]


def test_a_machine_that_stripe_cannot_reach_needs_no_endpoint(stripe, check, settings):
    settings.STRIPE_SECRET_KEY = "rk_test_secretpart"
    settings.SITE_URL, settings.SITE_HOST = "http://127.0.0.1:8000", "127.0.0.1"
    status, said = check()

    assert status == 0
    assert "stripe listen" in said


def test_a_key_need_not_see_account_and_endpoints(stripe, check):
    stripe.answers["GET /v1/account"] = NOT_ALLOWED
    stripe.answers["GET /v1/webhook_endpoints"] = NOT_ALLOWED
    status, said = check()

    assert status == 0
    assert said.count("note: ") == 2


@pytest.mark.parametrize(("minutes", "words"), [(-3, "3 min 0 s ahead of"), (5, "behind")])
def test_a_clock_that_is_wrong_is_said(stripe, check, time_machine, minutes, words):
    time_machine.move_to("2026-11-26 12:00:00", tick=False)
    stripe.ahead = timedelta(minutes=minutes)
    status, said = check()

    assert status == 1
    assert f"This machine's clock is {abs(minutes)} min 0 s" in said
    assert words in said


def test_a_clock_that_is_wrong_is_said_with_a_key_that_stripe_does_not_know_too(stripe, check):
    stripe.answers["GET /v1/account"] = (401, {"error": {"type": "invalid_request_error"}})
    stripe.ahead = timedelta(minutes=5)

    assert "This machine's clock is" in check()[1]


def test_a_minute_of_difference_is_nothing(stripe, check):
    stripe.ahead = timedelta(minutes=1)

    assert check() == (0, "")


@pytest.mark.parametrize(
    ("setting", "value", "words"),
    [
        ("STRIPE_WEBHOOK_SECRET", "", "STRIPE_WEBHOOK_SECRET is not set"),
        ("STRIPE_SHIPPING_COUNTRIES", ["UK"], "write GB"),
        ("CURRENCY", "xau", "change CURRENCY"),
        ("SITE_HOST", "127.0.0.1", "moves real money"),
    ],
)
def test_what_is_wrong_with_the_settings_is_said(stripe, check, settings, setting, value, words):
    setattr(settings, setting, value)
    status, said = check()

    assert status == 1
    assert words in said


def test_a_test_key_at_a_public_address_is_only_remarked(stripe, check, settings):
    settings.STRIPE_SECRET_KEY = "sk_test_secretpart"
    status, said = check()

    assert status == 0
    assert "no money moves" in said


@pytest.mark.parametrize(
    ("answer", "status", "words"),
    [
        ((200, {"status": "active"}), 0, ""),
        (
            (200, {"status": "pending", "status_details": {"pending": {"missing_fields": ["x"]}}}),
            1,
            "it lacks x",
        ),
        ((200, {"status": "pending", "status_details": None}), 1, "not set up"),
        (NOT_ALLOWED, 0, "may not see the tax settings"),
    ],
)
def test_automatic_tax_has_to_be_set_up(stripe, check, settings, answer, status, words):
    settings.STRIPE_AUTOMATIC_TAX = True
    stripe.answers["GET /v1/tax/settings"] = answer
    code, said = check()

    assert code == status
    assert words in said


def test_an_account_that_is_paid_out_in_another_currency_is_told_so(stripe, check):
    stripe.answers["GET /v1/account"] = (200, ACCOUNT | {"default_currency": "eur"})
    status, said = check()

    assert status == 0
    assert "paid out in EUR" in said


def test_an_account_that_may_not_take_payments_is_a_problem(stripe, check):
    stripe.answers["GET /v1/account"] = (200, ACCOUNT | {"charges_enabled": False})

    assert check()[0] == 1


@pytest.mark.parametrize("asked", [asked for asked in GOOD if "account" not in asked])
@pytest.mark.parametrize(
    "answer",
    [
        (500, {"error": {"type": "api_error"}}),
        (429, {"error": {"type": "invalid_request_error", "code": "rate_limit"}}),
        (200, "not json"),
        (200, [1]),
        (200, {"data": {"odd": 1}, "status_details": 1}),
        (418, "{}"),
    ],
    ids=["500", "429", "text", "list", "odd", "418"],
)
def test_an_odd_answer_does_not_stop_the_other_questions(stripe, check, settings, asked, answer):
    settings.STRIPE_AUTOMATIC_TAX = True
    stripe.answers[asked] = answer
    check()

    assert stripe.asked[-1] == "GET /v1/tax/settings"
    assert "GET /v1/webhook_endpoints" in stripe.asked


def test_the_simulator_can_be_asked_too(check, db):
    _, said = check()

    assert "Payments are simulated" in said
    assert "no sense" not in said
