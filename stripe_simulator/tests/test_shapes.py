"""Everything that the simulator says must have the shape that Stripe's API description gives."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import stripe

from stripe_simulator.disputes import CLOSED, OPEN
from stripe_simulator.objects import SHAPES
from stripe_simulator.testing import (
    DECLINED,
    NEEDS_CONFIRMATION,
    ApiError,
    apply_promotion_code,
    close_dispute,
    deliver_due,
    early_fraud_warning,
    fail_refund,
    inject_fault,
    move_dispute,
    move_refund,
    open_dispute,
    pay,
    record_to,
    refund_at_stripe,
    set_nulls,
    set_webhooks,
    settle,
)

from .conftest import line, way

CHECKER = Path(__file__).parents[3] / "shared" / "stripe" / "check_stripe_shape.py"

needs_checker = pytest.mark.skipif(
    not CHECKER.exists(), reason=f"Stripe's API description is not at {CHECKER}"
)

EVENTS = {
    "charge.dispute.closed",
    "charge.dispute.created",
    "charge.dispute.funds_reinstated",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.updated",
    "charge.failed",
    "charge.refunded",
    "charge.succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.completed",
    "checkout.session.expired",
    "payment_intent.payment_failed",
    "payment_intent.succeeded",
    "refund.created",
    "refund.failed",
    "refund.updated",
}


def live_through_everything(api, create) -> None:
    sessions = api.v1.checkout.sessions
    customer = api.v1.customers.create(params={"email": "bob@example.com"})
    everything = {
        "allow_promotion_codes": True,
        "automatic_tax": {"enabled": True},
        "adaptive_pricing": {"enabled": False},
        "shipping_address_collection": {"allowed_countries": ["US"]},
        "line_items": [line(), line("Bowl", 5450, 1) | {"metadata": {"product": "2"}}],
        "shipping_options": [way(), way("Courier", 1500)],
        "customer_creation": "always",
        "client_reference_id": "7",
        "expand": ["line_items"],
    }
    full = create(**everything)
    apply_promotion_code(full.id, "SAVE10")
    sessions.line_items.list(full.id)
    address = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"), "US")
    pay(full.id, shipping={"name": "Alice", "address": address})
    shipped = {"expand": ["shipping_cost.shipping_rate", "customer"]}
    sessions.retrieve(full.id, params=shipped)
    free = create(allow_promotion_codes=True)
    apply_promotion_code(free.id, "FREE100")
    pay(free.id)

    failing = create(customer=customer.id, customer_email=None)
    with pytest.raises(ApiError):
        pay(failing.id, card=DECLINED)
    pay(failing.id, card=NEEDS_CONFIRMATION)
    with pytest.raises(ApiError):
        pay(failing.id, card=NEEDS_CONFIRMATION, authenticated=False)
    expanded = {"expand": ["payment_intent.latest_charge", "customer"]}
    sessions.retrieve(failing.id, params=expanded)
    sessions.expire(failing.id)

    intent = sessions.retrieve(full.id).payment_intent
    refund = api.v1.refunds.create(params={"payment_intent": intent, "amount": 1000})
    fail_refund(refund.id)
    refund_at_stripe(intent, 500, pending=True)
    api.v1.refunds.list(params={"payment_intent": intent, "expand": ["data.charge"]})
    api.v1.refunds.retrieve(refund.id)
    for status in ("pending", "requires_action", "canceled"):
        move_refund(refund.id, status)
        api.v1.refunds.retrieve(refund.id)
    open_dispute(intent)
    move_dispute(intent, "under_review")
    close_dispute(intent)
    for ok in (True, False):
        debit = create()
        pay(debit.id, delayed=True)
        api.v1.payment_intents.retrieve(
            sessions.retrieve(debit.id).payment_intent, params={"expand": ["latest_charge"]}
        )
        settle(debit.id, ok=ok)
    set_webhooks("other_api_version")
    pay(create().id)
    live_through_refusals(api, create)
    sessions.list(params={"limit": 100, "expand": ["data.line_items"]})
    for event in api.v1.events.list(params={"limit": 100}).data:
        api.v1.events.retrieve(event.id)


def live_through_refusals(api, create) -> None:
    sessions = api.v1.checkout.sessions
    inject_fault("GET", "/v1/checkout/sessions", "error_503", times=3)
    for refused in (
        lambda: create(payment_method_types=["card"]),
        lambda: create(line_items=[line(unit_amount=1)]),
        lambda: sessions.retrieve("cs_test_1"),
        lambda: sessions.list(),
        lambda: api.v1.refunds.create(params={"payment_intent": "pi_1"}),
    ):
        with pytest.raises(stripe.StripeError):
            refused()


def check(path: Path, *options: str) -> None:
    checked = subprocess.run(
        [sys.executable, CHECKER, "--strict", *options, path],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


@needs_checker
def test_all_answers_and_events_have_the_shape_of_stripes_api(api, create, inbox, tmp_path):
    with record_to(tmp_path):
        live_through_everything(api, create)
        deliver_due()
    assert set(inbox.types) == EVENTS
    check(tmp_path / "exchanges.jsonl")
    check(tmp_path / "events.jsonl", "--event")


@needs_checker
def test_everything_that_may_be_null_still_has_the_shape_of_stripes_api(
    api, create, inbox, tmp_path
):
    set_nulls(True)
    with record_to(tmp_path):
        live_through_everything(api, create)
        deliver_due()
    check(tmp_path / "exchanges.jsonl")
    check(tmp_path / "events.jsonl", "--event")


@needs_checker
def test_the_list_of_nulls_is_stripes_but_for_what_says_what_was_paid():
    schemas = json.loads(CHECKER.with_name("api-slice.json").read_text())["components"]["schemas"]
    said = {
        "checkout.session": "amount_total currency metadata payment_intent status url",
        "item": "quantity",
        "refund": "metadata payment_intent status",
        "charge": "payment_intent",
        "dispute": "payment_intent",
    }
    for kind, kept in said.items():
        fields = schemas[kind]["properties"]
        nullable = {name for name in fields if fields[name].get("nullable")}
        assert set(SHAPES["nulls"][kind]) == nullable - set(kept.split()), kind


@needs_checker
def test_disputes_in_every_status_have_the_shape_of_stripes_api(api, create, tmp_path):
    for status in (*OPEN, *CLOSED):
        open_dispute(pay(create().id)["payment_intent"], status=status)
    disputes = [dispute.to_dict() for dispute in api.v1.disputes.list({"limit": 100}).data]
    assert len(disputes) == 8
    (tmp_path / "disputes.json").write_text(json.dumps(disputes))
    check(tmp_path / "disputes.json", "--object")


def test_what_that_description_lacks_has_the_fields_that_the_sdk_knows(api, session):
    warning = early_fraud_warning(pay(session.id)["payment_intent"])
    things = [
        api.v1.radar.early_fraud_warnings.retrieve(warning["id"]),
        api.v1.accounts.retrieve_current(),
        api.v1.balance.retrieve(),
        api.v1.tax.settings.retrieve(),
        *api.v1.webhook_endpoints.list().data,
    ]
    for thing in things:
        fields = {name: str(kind) for name, kind in type(thing).__annotations__.items()}
        known = {name for name in fields if name.islower()}
        always = {name for name in known if not fields[name].startswith("typing.Optional")}
        assert always <= thing.to_dict().keys() <= known
