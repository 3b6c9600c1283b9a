"""Refunds in every status, disputes, warnings, and what others do in the same account."""

import pytest

from stripe_simulator.testing import (
    ApiError,
    close_dispute,
    deliver_due,
    early_fraud_warning,
    edit_metadata,
    emit,
    foreign_payment,
    foreign_refund,
    foreign_session,
    move_dispute,
    move_refund,
    open_dispute,
    pay,
    refund_at_stripe,
    set_refund_metadata,
)

from .conftest import NOW


@pytest.fixture
def intent(session, inbox) -> str:
    """A payment of $38.00 whose events have arrived."""
    paid: str = pay(session.id)["payment_intent"]
    deliver_due()
    inbox.clear()
    return paid


# --- Refunds


def test_a_refund_can_wait_for_the_buyer_first(api, intent, inbox):
    refund = refund_at_stripe(intent, pending=True)
    move_refund(refund["id"], "requires_action")
    found = api.v1.refunds.retrieve(refund["id"])
    assert (found.status, found.next_action.type) == ("requires_action", "display_details")
    for status in ("pending", "succeeded"):
        move_refund(refund["id"], status)
        assert api.v1.refunds.retrieve(refund["id"]).status == status
    deliver_due()
    assert inbox.types[2:] == ["refund.updated"] * 3


@pytest.mark.parametrize("status", ["failed", "canceled"])
def test_a_refund_that_did_not_happen_is_left_to_refund_again(api, intent, status):
    refund = refund_at_stripe(intent)
    move_refund(refund["id"], status)
    assert api.v1.charges.retrieve(refund["charge"]).amount_refunded == 0
    move_refund(refund["id"], "succeeded")
    assert api.v1.charges.retrieve(refund["charge"]).refunded


@pytest.mark.parametrize("status", [None, "gone_fishing"])
def test_the_status_of_a_refund_may_be_none_or_a_new_word(api, intent, status):
    refund = move_refund(refund_at_stripe(intent)["id"], status)
    assert api.v1.refunds.retrieve(refund["id"]).status == status


@pytest.mark.parametrize("metadata", [None, {"refund": "RMA-17"}])
def test_the_metadata_of_a_refund_can_be_anything(api, intent, inbox, metadata):
    refund = set_refund_metadata(refund_at_stripe(intent)["id"], metadata)
    found = api.v1.refunds.retrieve(refund["id"]).metadata
    assert (found and found.to_dict()) == metadata
    deliver_due()
    assert inbox.types[-1] == "refund.updated"


# --- Disputes


def test_disputes_are_listed_by_payment_and_time(clock, api, create):
    first, second = (pay(create().id)["payment_intent"] for _ in range(2))
    old = open_dispute(first, due_by=NOW + 60)
    clock.shift(60)
    new = open_dispute(second, reason="product_not_received")

    def listed(**params):
        return [found.id for found in api.v1.disputes.list(params=params).auto_paging_iter()]

    assert listed(limit=1) == [new["id"], old["id"]]
    assert listed(payment_intent=first) == listed(charge=old["charge"]) == [old["id"]]
    assert listed(created={"gt": NOW}) == [new["id"]]
    found = api.v1.disputes.retrieve(old["id"], params={"expand": ["charge"]})
    assert (found.evidence_details.due_by, found.charge.disputed) == (NOW + 60, True)


def test_an_inquiry_takes_no_money_and_leaves_the_refund_to_the_shop(intent, inbox):
    dispute = open_dispute(intent, status="warning_needs_response")
    assert dispute["is_charge_refundable"]
    assert refund_at_stripe(intent, 1000)["status"] == "succeeded"
    assert close_dispute(intent)["status"] == "warning_closed"
    deliver_due()
    assert [kind for kind in inbox.types if "dispute" in kind] == [
        "charge.dispute.created",
        "charge.dispute.closed",
    ]
    assert open_dispute(intent)["status"] == "needs_response"


def test_an_inquiry_can_become_a_dispute(intent, inbox):
    open_dispute(intent, status="warning_needs_response")
    move_dispute(intent, "warning_under_review")
    move_dispute(intent, "needs_response")
    with pytest.raises(ApiError, match="charged back"):
        refund_at_stripe(intent)
    move_dispute(intent, "under_review")
    assert close_dispute(intent, won=True)["status"] == "won"
    deliver_due()
    assert [kind.removeprefix("charge.dispute.") for kind in inbox.types] == [
        *("created", "updated", "updated", "funds_withdrawn", "updated"),
        *("closed", "funds_reinstated"),
    ]


@pytest.mark.parametrize("status", ["prevented", "lost"])
def test_a_dispute_can_end_without_the_shop(api, intent, status):
    open_dispute(intent)
    dispute = move_dispute(intent, status)
    assert api.v1.disputes.retrieve(dispute["id"]).status == status
    with pytest.raises(ApiError, match="no open dispute"):
        close_dispute(intent)


def test_an_unknown_status_of_a_dispute_is_a_mistake_of_the_test(intent):
    open_dispute(intent)
    with pytest.raises(ValueError, match="tired"):
        move_dispute(intent, "tired")


def test_the_issuer_can_warn_of_a_fraud(api, intent, inbox):
    warning = early_fraud_warning(intent)
    (found,) = api.v1.radar.early_fraud_warnings.list(params={"payment_intent": intent}).data
    assert (found.id, found.charge) == (warning["id"], warning["charge"])
    assert found.actionable
    assert api.v1.radar.early_fraud_warnings.list(params={"charge": "ch_1"}).data == []
    assert api.v1.radar.early_fraud_warnings.retrieve(found.id).payment_intent == intent
    deliver_due()
    assert inbox.types == ["radar.early_fraud_warning.created"]


# --- Others in the same account


def test_the_account_has_sessions_of_other_tools(api):
    paid = foreign_session({"checkout": "not-a-uuid"})
    found = api.v1.checkout.sessions.retrieve(foreign_session(paid=False)["id"])
    assert (paid["payment_status"], paid["metadata"]["checkout"]) == ("paid", "not-a-uuid")
    assert found.status == "open"


def test_the_account_has_payments_without_a_session(api, inbox):
    intent = foreign_payment({"order": "X-1"}, amount=700, currency="eur")
    assert api.v1.payment_intents.retrieve(intent["id"]).metadata.order == "X-1"
    assert api.v1.checkout.sessions.list(params={"payment_intent": intent["id"]}).data == []
    deliver_due()
    assert inbox.types == ["charge.succeeded", "payment_intent.succeeded"]


def test_other_tools_refund_their_payments_and_ours(api, intent):
    theirs = foreign_refund({"refund": "RMA-17"})
    ours = foreign_refund({"refund": "RMA-18"}, payment_intent_id=intent, amount=100)
    assert theirs["payment_intent"] != intent
    assert [found.id for found in api.v1.refunds.list().data] == [ours["id"], theirs["id"]]


def test_an_event_of_any_type_may_come_about_an_object_without_an_id(api, inbox):
    event = emit("balance.available", {"object": "balance", "available": []})
    deliver_due()
    assert inbox.events[0]["data"]["object"] == {"object": "balance", "available": []}
    assert api.v1.events.retrieve(event["id"]).type == "balance.available"


def test_people_edit_metadata(api, session, intent):
    edit_metadata(session.id, {"order": "", "note": "call back"})
    found = api.v1.checkout.sessions.retrieve(session.id)
    assert found.metadata.to_dict() == {"note": "call back"}
    with pytest.raises(ApiError, match="No such"):
        edit_metadata("pi_unknown", {"note": "lost"})
