import threading

import pytest

from stripe_simulator import store
from stripe_simulator.acts import expire_overdue
from stripe_simulator.testing import (
    DECLINED,
    NEEDS_CONFIRMATION,
    ApiError,
    apply_promotion_code,
    close_dispute,
    deliver_due,
    expire,
    fail_refund,
    open_dispute,
    pay,
    refund_at_stripe,
    settle,
    succeed_refund,
)

from .conftest import NOW, line


def test_a_paid_session_is_complete_and_has_no_page_any_more(api, session):
    pay(session.id)
    found = api.v1.checkout.sessions.retrieve(session.id)
    assert (found.status, found.payment_status, found.url) == ("complete", "paid", None)
    assert found.customer_details.email == "alice@example.com"


def test_a_session_is_paid_once(api, session):
    pay(session.id)
    with pytest.raises(ApiError, match="complete"):
        pay(session.id)


def test_two_tabs_paying_at_the_same_moment_charge_once(session):
    start = threading.Barrier(8)
    outcomes = []

    def press_pay():
        start.wait()
        try:
            outcomes.append(pay(session.id)["payment_status"])
        except ApiError as error:
            outcomes.append(error.status)

    threads = [threading.Thread(target=press_pay) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, outcomes)) == ["400"] * 7 + ["paid"]
    with store.transaction() as db:
        assert len(db.find("charge")) == 1


def test_a_declined_card_leaves_a_failed_charge_and_an_open_session(api, session, inbox):
    with pytest.raises(ApiError, match="declined"):
        pay(session.id, card=DECLINED)
    found = api.v1.checkout.sessions.retrieve(session.id, params={"expand": ["payment_intent"]})
    intent = found.payment_intent
    assert (found.status, intent.status) == ("open", "requires_payment_method")
    assert intent.last_payment_error.decline_code == "generic_decline"
    assert api.v1.charges.retrieve(intent.latest_charge).failure_code == "card_declined"
    deliver_due()
    assert inbox.types == ["charge.failed", "payment_intent.payment_failed"]
    pay(session.id)
    assert api.v1.checkout.sessions.retrieve(session.id).payment_intent == intent.id
    assert api.v1.payment_intents.retrieve(intent.id).last_payment_error is None


def test_a_card_that_asks_for_confirmation_pays_when_it_is_given(api, session):
    assert pay(session.id, card=NEEDS_CONFIRMATION)["status"] == "open"
    with pytest.raises(ApiError, match="did not confirm"):
        pay(session.id, card=NEEDS_CONFIRMATION, authenticated=False)
    assert pay(session.id, card=NEEDS_CONFIRMATION, authenticated=True)["status"] == "complete"


def test_a_delayed_payment_is_complete_but_unpaid_until_it_arrives(api, session, inbox):
    pay(session.id, delayed=True)
    found = api.v1.checkout.sessions.retrieve(session.id, params={"expand": ["payment_intent"]})
    assert (found.status, found.payment_status) == ("complete", "unpaid")
    assert found.payment_intent.status == "processing"
    settle(session.id)
    assert api.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"
    deliver_due()
    assert inbox.types == [
        "checkout.session.completed",
        "charge.succeeded",
        "payment_intent.succeeded",
        "checkout.session.async_payment_succeeded",
    ]
    with pytest.raises(ApiError, match="no delayed payment"):
        settle(session.id)


def test_a_delayed_payment_is_charged_when_it_is_confirmed(clock, api, session, inbox):
    pay(session.id, delayed=True)
    clock.shift(3 * 24 * 3600)
    settle(session.id)
    found = api.v1.checkout.sessions.retrieve(
        session.id, params={"expand": ["payment_intent.latest_charge"]}
    )
    assert found.payment_intent.latest_charge.created == NOW
    (event,) = api.v1.events.list({"type": "checkout.session.async_payment_succeeded"}).data
    assert event.created == NOW + 3 * 24 * 3600


def test_a_delayed_payment_that_fails_stays_unpaid(api, session, inbox):
    pay(session.id, delayed=True)
    settle(session.id, ok=False)
    found = api.v1.checkout.sessions.retrieve(session.id, params={"expand": ["payment_intent"]})
    assert (found.payment_status, found.payment_intent.status) == (
        "unpaid",
        "requires_payment_method",
    )
    deliver_due()
    assert inbox.types[1:] == [
        "charge.failed",
        "payment_intent.payment_failed",
        "checkout.session.async_payment_failed",
    ]


def test_an_overdue_session_expires_at_the_next_touch_and_once(clock, api, create, inbox):
    session = create(expires_at=NOW + 40 * 60)
    clock.shift(40 * 60 - 1)
    assert api.v1.checkout.sessions.retrieve(session.id).status == "open"
    clock.shift(1)
    for _ in range(3):
        found = api.v1.checkout.sessions.retrieve(session.id)
        assert (found.status, found.url) == ("expired", None)
    with pytest.raises(ApiError, match="expired"):
        pay(session.id)
    deliver_due()
    assert inbox.types == ["checkout.session.expired"]


def test_no_request_reads_every_session_to_find_what_is_overdue(api, session):
    asked: list[str] = []
    with store.transaction() as db:
        db.execute.__self__.set_trace_callback(asked.append)
        expire_overdue(db)
        (step,) = db.execute(f"EXPLAIN QUERY PLAN {asked[0]}").fetchall()[:1]
    assert "INDEX open_by_expiry" in step[-1]


def test_only_an_open_session_can_be_expired(api, create):
    paid, expired = create(), create()
    pay(paid.id)
    assert api.v1.checkout.sessions.expire(expired.id).status == "expired"
    for session in (paid, expired):
        with pytest.raises(ApiError, match=r'status in \["open"\]'):
            expire(session.id)


def test_an_expired_session_takes_its_unfinished_payment_along(api, session):
    pay(session.id, card=NEEDS_CONFIRMATION)
    intent = expire(session.id)["payment_intent"]
    assert api.v1.payment_intents.retrieve(intent).status == "canceled"


# --- Promotion codes, tax, address


def test_a_promotion_code_and_tax_add_up_line_by_line(api, create):
    lines = [line("Mug", 999, 1), line("Bowl", 1001, 1), line("Pin", 333, 3)]
    session = create(line_items=lines, allow_promotion_codes=True, automatic_tax={"enabled": True})
    apply_promotion_code(session.id, "save10")
    found = api.v1.checkout.sessions.retrieve(session.id, params={"expand": ["line_items"]})
    details = found.total_details
    assert (found.amount_subtotal, details.amount_discount, details.amount_tax) == (2999, 300, 216)
    assert found.amount_total == 2999 - 300 + 216
    assert sum(item.amount_total for item in found.line_items.data) == found.amount_total
    apply_promotion_code(session.id, "")
    assert api.v1.checkout.sessions.retrieve(session.id).total_details.amount_discount == 0


def test_an_order_that_costs_nothing_needs_no_payment(api, create):
    session = create(allow_promotion_codes=True)
    apply_promotion_code(session.id, "FREE100")
    pay(session.id)
    found = api.v1.checkout.sessions.retrieve(session.id)
    assert (found.status, found.payment_status) == ("complete", "no_payment_required")
    assert (found.amount_total, found.payment_intent) == (0, None)


def test_an_unknown_or_unwanted_promotion_code_is_refused(create):
    with pytest.raises(ApiError, match="invalid"):
        apply_promotion_code(create(allow_promotion_codes=True).id, "FREE")
    with pytest.raises(ApiError, match="invalid"):
        apply_promotion_code(create().id, "SAVE10")


def test_a_code_cannot_bring_the_total_below_what_can_be_charged(create):
    session = create(line_items=[line("Pin", 52, 1)], allow_promotion_codes=True)
    with pytest.raises(ApiError, match="at least"):
        apply_promotion_code(session.id, "SAVE10")


# --- Afterwards


def test_a_refund_to_a_bank_account_is_pending_first(api, session, inbox):
    pay(session.id, delayed=True)
    settle(session.id)
    deliver_due()
    inbox.clear()
    intent = api.v1.checkout.sessions.retrieve(session.id).payment_intent
    refund = api.v1.refunds.create(params={"payment_intent": intent})
    assert refund.status == "pending"
    succeed_refund(refund.id)
    assert api.v1.refunds.retrieve(refund.id).status == "succeeded"
    deliver_due()
    assert inbox.types == ["refund.created", "charge.refunded", "refund.updated"]
    with pytest.raises(ApiError, match="not pending"):
        succeed_refund(refund.id)


def test_a_refund_that_fails_later_can_be_made_again(api, session, inbox):
    intent = pay(session.id)["payment_intent"]
    refund = refund_at_stripe(intent)
    fail_refund(refund["id"])
    assert api.v1.refunds.retrieve(refund["id"]).failure_reason == "expired_or_canceled_card"
    assert api.v1.charges.retrieve(refund["charge"]).amount_refunded == 0
    assert refund_at_stripe(intent)["amount"] == 3800
    deliver_due()
    assert "refund.failed" in inbox.types
    with pytest.raises(ApiError, match="already failed"):
        fail_refund(refund["id"])


def test_a_disputed_payment_cannot_be_refunded(api, session, inbox):
    intent = pay(session.id)["payment_intent"]
    dispute = open_dispute(intent)
    assert (dispute["status"], dispute["amount"]) == ("needs_response", 3800)
    assert api.v1.charges.retrieve(dispute["charge"]).disputed
    with pytest.raises(ApiError, match="charged back"):
        refund_at_stripe(intent)
    assert close_dispute(intent, won=False)["status"] == "lost"
    for act in (open_dispute, close_dispute):
        with pytest.raises(ApiError):
            act(intent)
    deliver_due()
    assert inbox.types[-3:] == [
        "charge.dispute.created",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.closed",
    ]
