"""What Stripe remembers under an idempotency key, and what it does not."""

import pytest
import stripe

from stripe_simulator.testing import (
    clear_faults,
    deliver_late,
    inject_fault,
    pay,
    refund_at_stripe,
    set_strict_bodies,
)

from .conftest import NOW

SESSIONS = "/v1/checkout/sessions"
HOUR = 3600


def test_the_same_key_gives_the_same_session(create, api):
    options = {"idempotency_key": "checkout-7"}
    first, again = create(options), create(options)
    assert again.id == first.id
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    assert len(api.v1.checkout.sessions.list().data) == 1


def test_the_first_answer_is_replayed_although_its_time_is_now_too_near(clock, create):
    options = {"idempotency_key": "checkout-7"}
    first = create(options, expires_at=NOW + 40 * 60)
    pay(first.id)
    clock.shift(30 * 60)
    again = create(options, expires_at=NOW + 40 * 60)
    assert again.id == first.id
    assert again.status == "open"  # what was answered then, not what is true now


def test_the_same_key_with_other_parameters_is_refused(create):
    create({"idempotency_key": "checkout-7"})
    with pytest.raises(stripe.IdempotencyError) as refusal:
        create({"idempotency_key": "checkout-7"}, client_reference_id="other")
    assert refusal.value.http_status == 400


def test_the_order_of_parameters_may_count_too(create):
    options = {"idempotency_key": "checkout-7"}
    first = create(options, metadata={"order": "7", "site": "shop.test"})
    assert create(options, metadata={"site": "shop.test", "order": "7"}).id == first.id
    set_strict_bodies(True)
    assert create(options, metadata={"order": "7", "site": "shop.test"}).id == first.id
    with pytest.raises(stripe.IdempotencyError):
        create(options, metadata={"site": "shop.test", "order": "7"})


def test_a_refused_request_does_not_use_up_its_key(create):
    options = {"idempotency_key": "checkout-7"}
    with pytest.raises(stripe.InvalidRequestError):
        create(options, customer_email="nobody")
    assert create(options).status == "open"


def test_a_key_is_forgotten_after_a_day(clock, create):
    options = {"idempotency_key": "checkout-7"}
    first = create(options)
    clock.shift(24 * HOUR)
    assert create(options).id != first.id


def test_a_refused_refund_is_replayed_under_its_key(api, session):
    intent = pay(session.id)["payment_intent"]
    refund_at_stripe(intent)
    for _ in range(2):
        with pytest.raises(stripe.InvalidRequestError) as refusal:
            api.v1.refunds.create(
                params={"payment_intent": intent}, options={"idempotency_key": "refund-9"}
            )
        assert refusal.value.code == "charge_already_refunded"
    assert refusal.value.headers["Idempotent-Replayed"] == "true"


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
