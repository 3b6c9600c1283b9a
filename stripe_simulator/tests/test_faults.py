import pytest
import stripe

from stripe_simulator.testing import clear_faults, inject_fault, pay

SESSIONS = "/v1/checkout/sessions"


@pytest.mark.parametrize(
    "kind",
    ["error_500", "error_503", "conflict_409", "connect_timeout", "late", "read_timeout_after"],
)
def test_the_sdk_retries_and_still_makes_one_session(create, api, kind):
    inject_fault("POST", SESSIONS, kind, times=2)
    session = create()
    assert [found.id for found in api.v1.checkout.sessions.list().data] == [session.id]


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("error_500", stripe.APIError),
        ("error_503", stripe.APIError),
        ("error_401", stripe.AuthenticationError),
        ("error_403", stripe.PermissionError),
        ("late", stripe.APIConnectionError),
        ("error_429", stripe.RateLimitError),
        ("conflict_409", stripe.APIError),
        ("connect_timeout", stripe.APIConnectionError),
        ("read_timeout_after", stripe.APIConnectionError),
        ("malformed_json", stripe.APIError),
    ],
)
def test_a_fault_that_lasts_reaches_the_shop(create, api, kind, error):
    inject_fault("POST", SESSIONS, kind, times=3)
    with pytest.raises(error):
        create()
    clear_faults()
    happened = kind in ("read_timeout_after", "malformed_json")
    assert len(api.v1.checkout.sessions.list().data) == (1 if happened else 0)


def test_a_fault_strikes_its_own_path_only(create, api):
    inject_fault("GET", f"{SESSIONS}/{{id}}", "error_429")
    session = create()
    api.v1.checkout.sessions.list()
    with pytest.raises(stripe.RateLimitError):
        api.v1.checkout.sessions.retrieve(session.id)
    assert api.v1.checkout.sessions.retrieve(session.id).status == "open"


def test_a_fault_that_could_never_strike_is_a_mistake_of_the_test(session):
    inject_fault("POST", f"{SESSIONS}/{session.id}/expire", "error_500")
    with pytest.raises(ValueError, match="does not serve"):
        inject_fault("POST", "/v1/sessions", "error_500")
    with pytest.raises(ValueError, match="error_418"):
        inject_fault("POST", SESSIONS, "error_418")


def test_a_lost_answer_to_a_refund_does_not_refund_twice(api, session):
    intent = pay(session.id)["payment_intent"]
    inject_fault("POST", "/v1/refunds", "read_timeout_after", times=3)
    params = {"payment_intent": intent, "amount": 1000}
    options = {"idempotency_key": "refund-1"}
    with pytest.raises(stripe.APIConnectionError):
        api.v1.refunds.create(params=params, options=options)
    refund = api.v1.refunds.create(params=params, options=options)
    assert [found.id for found in api.v1.refunds.list().data] == [refund.id]
