import pytest

from stripe_simulator.testing import (
    ApiError,
    deliver_due,
    open_dispute,
    override,
    pay,
    refund_at_stripe,
    set_nulls,
)

EXPANDED = {"expand": ["line_items", "payment_intent.latest_charge"]}


def test_what_may_be_null_is_null_but_not_what_was_paid(api, session, inbox):
    pay(session.id, name="Alice")
    set_nulls(True)
    found = api.v1.checkout.sessions.retrieve(session.id, params=EXPANDED)
    assert (found.amount_total, found.currency, found.payment_status) == (3800, "usd", "paid")
    assert found.metadata.order == "7"
    nothing = (found.amount_subtotal, found.total_details, found.customer_details)
    assert nothing == (None, None, None)
    item = found.line_items.data[0]
    assert (item.price, item.description, item.amount_total) == (None, None, 3800)
    assert found.payment_intent.latest_charge.outcome is None
    set_nulls(False)
    assert api.v1.checkout.sessions.retrieve(session.id).amount_subtotal == 3800


def test_events_too_carry_nulls(api, session, inbox):
    set_nulls(True)
    refund_at_stripe(pay(session.id)["payment_intent"])
    deliver_due()
    objects = {event["type"]: event["data"]["object"] for event in inbox.events}
    assert objects["checkout.session.completed"]["customer_email"] is None
    assert (objects["refund.created"]["charge"], objects["refund.created"]["amount"]) == (
        None,
        3800,
    )


def test_any_object_can_be_made_odd(api, session):
    intent = pay(session.id)["payment_intent"]
    dispute = open_dispute(intent)
    override(dispute["id"], status="sleeping", network_reason_code="1" * 5000)
    override(session.id, status=None, consent=..., payment_intent=...)
    assert api.v1.disputes.retrieve(dispute["id"]).status == "sleeping"
    found = api.v1.checkout.sessions.retrieve(session.id, params=EXPANDED)
    assert found.status is None
    assert not {"consent", "payment_intent"} & found.to_dict().keys()


def test_a_line_item_can_be_made_odd(api, session):
    (line,) = api.v1.checkout.sessions.line_items.list(session.id).data
    override(line.id, price=None, description="x" * 5000)
    (line,) = api.v1.checkout.sessions.line_items.list(session.id).data
    assert (line.price, len(line.description)) == (None, 5000)


def test_what_is_not_there_cannot_be_made_odd_and_nul_is_no_text(session):
    for unknown in ("pi_unknown", "li_unknown"):
        with pytest.raises(ApiError, match="No such"):
            override(unknown, status=None)
    with pytest.raises(ValueError, match="NUL"):
        override(session.id, metadata={"order": "\0"})
