"""What each question to Stripe says: with a word less, it is about the whole account."""

from contextlib import suppress
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from shop import payments
from shop.payments import PaymentError
from stripe_simulator.testing import inject_fault
from tests.recorded import stripe_calls

SINCE = datetime(2026, 11, 20, 12, 30, 15, tzinfo=UTC)
SINCE_THEN = {"created[gte]": str(int(SINCE.timestamp())), "limit": "100"}
OF_A_PAYMENT = {"payment_intent": "pi_1", "limit": "100"}
SESSIONS = "/v1/checkout/sessions"
WITH_A_SESSION = ["line_items", "payment_intent.latest_charge", "shipping_cost.shipping_rate"]
QUESTIONS = {
    "open sessions": (
        lambda: payments.our_sessions(SINCE, "open"),
        *("GET", SESSIONS, SINCE_THEN | {"status": "open"}),
    ),
    "a session": (
        lambda: payments.retrieve_session("cs_test_1"),
        *("GET", f"{SESSIONS}/cs_test_1"),
        {f"expand[{place}]": words for place, words in enumerate(WITH_A_SESSION)},
    ),
    "the end of a session": (
        lambda: payments.expire_session("cs_test_1"),
        *("POST", f"{SESSIONS}/cs_test_1/expire", {}),
    ),
    "the session of a payment": (
        lambda: payments.session_id_of_payment("pi_1"),
        *("GET", SESSIONS, OF_A_PAYMENT | {"limit": "1"}),
    ),
    "when a payment came": (
        lambda: payments.paid_at(SimpleNamespace(id="cs_test_1", confirmed_at=SINCE)),
        *("GET", "/v1/events"),
        SINCE_THEN | {"types[0]": "checkout.session.async_payment_succeeded"},
    ),
    "refunds of a payment": (
        lambda: payments.list_refunds("pi_1"),
        *("GET", "/v1/refunds", OF_A_PAYMENT),
    ),
    "refunds": (
        lambda: payments.refunds_by_payment(SINCE),
        *("GET", "/v1/refunds", SINCE_THEN),
    ),
    "disputes of a payment": (
        lambda: payments.list_disputes("pi_1"),
        *("GET", "/v1/disputes", OF_A_PAYMENT),
    ),
    "disputes": (lambda: payments.disputes_since(SINCE), *("GET", "/v1/disputes", SINCE_THEN)),
    "a warning of fraud": (
        lambda: payments.has_fraud_warning("pi_1"),
        *("GET", "/v1/radar/early_fraud_warnings", OF_A_PAYMENT | {"limit": "1"}),
    ),
    "warnings of fraud": (
        lambda: payments.payments_with_fraud_warning(SINCE),
        *("GET", "/v1/radar/early_fraud_warnings", SINCE_THEN),
    ),
    "the end of a customer": (
        lambda: payments.delete_customer("cus_1"),
        *("DELETE", "/v1/customers/cus_1", {}),
    ),
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_stripe_is_asked_for_just_this(db, question):
    ask, method, path, query = QUESTIONS[question]
    with stripe_calls() as calls, suppress(PaymentError):
        ask()

    assert [(call.method, call.path, call.query) for call in calls] == [(method, path, query)]


def test_with_a_key_that_may_not_read_shipping_rates_the_rest_is_asked_for(db):
    inject_fault("GET", f"{SESSIONS}/{{id}}", "error_403")
    with stripe_calls() as calls, suppress(PaymentError):
        payments.retrieve_session("cs_test_1")

    assert [*calls[1].query.values()] == WITH_A_SESSION[:2]
