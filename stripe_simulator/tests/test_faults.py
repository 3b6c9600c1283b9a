import pytest
import stripe

from stripe_simulator.testing import clear_faults, deliver_late, inject_fault, pay

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


# --- What a key remembers of a failure


OPTIONS = {"idempotency_key": "checkout-7"}


def sessions(api) -> list[str]:
    return [found.id for found in api.v1.checkout.sessions.list().data]


@pytest.mark.parametrize(("kind", "made"), [("error_500_saved", 0), ("error_500_after", 1)])
def test_a_saved_failure_is_given_again_for_a_day(clock, create, api, kind, made):
    inject_fault("POST", SESSIONS, kind)
    for _ in range(2):
        with pytest.raises(stripe.APIError) as failure:
            create(OPTIONS)
        assert failure.value.http_status == 500
        assert failure.value.headers["Idempotent-Replayed"] == "true"
    assert len(sessions(api)) == made
    clock.shift(24 * 3600)
    assert create(OPTIONS).id == sessions(api)[0]


def test_a_bad_parameter_is_refused_before_anything_fails(create):
    inject_fault("POST", SESSIONS, "error_500_saved")
    with pytest.raises(stripe.InvalidRequestError):
        create(OPTIONS, customer_email="nobody")
    assert create(OPTIONS).status == "open"


@pytest.mark.parametrize("kind", ["error_401", "error_403", "error_429", "conflict_409"])
def test_a_refusal_before_the_work_is_not_saved(create, kind):
    inject_fault("POST", SESSIONS, kind, times=3)
    with pytest.raises(stripe.StripeError):
        create(OPTIONS)
    clear_faults()
    assert create(OPTIONS).status == "open"


def test_a_late_request_takes_effect_when_it_arrives_and_once(create, api):
    inject_fault("POST", SESSIONS, "late", times=3)
    with pytest.raises(stripe.APIConnectionError):
        create(OPTIONS)
    assert sessions(api) == []
    assert deliver_late() == 3
    assert sessions(api) == [create(OPTIONS).id]
    assert deliver_late() == 0


def test_a_repetition_finds_that_the_late_request_came_first(create, api):
    inject_fault("POST", SESSIONS, "late", times=3)
    with pytest.raises(stripe.APIConnectionError):
        create(OPTIONS)
    again = create(OPTIONS)
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    assert deliver_late() == 0
    assert sessions(api) == [again.id]
