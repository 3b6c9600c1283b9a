"""Disputes with the buyer's bank, and Radar's early warnings of them.

An inquiry (`warning_...`) takes no money yet and leaves the charge refundable; a dispute proper
takes the money at once and gives it back when it is won.
"""

from . import objects, store
from .errors import refused
from .events import emit
from .store import Document, Store, field

INQUIRY = ("warning_needs_response", "warning_under_review")
OPEN = (*INQUIRY, "needs_response", "under_review")
CLOSED = ("won", "lost", "warning_closed", "prevented")


def open_dispute(
    payment_intent_id: str,
    reason: str = "fraudulent",
    status: str = "needs_response",
    due_by: int | None = None,
) -> Document:
    """Let the card's owner dispute a payment, and return the dispute.

    `due_by` is a Unix time, by default in a week. An inquiry that was closed may be followed by a
    dispute proper; otherwise a payment is disputed once.
    """
    with store.transaction() as db:
        charge = _paid_charge(db, payment_intent_id)
        earlier = newest_of(db, payment_intent_id)
        if earlier and earlier["status"] != "warning_closed":
            raise refused("A payment can be disputed only once.")
        dispute = objects.dispute(charge, reason, _known(status))
        if due_by:
            dispute["evidence_details"]["due_by"] = due_by
        _settle_terms(dispute)
        db.put(charge | {"disputed": True})
        db.put(dispute)
        emit(db, "charge.dispute.created", dispute)
        if not dispute["is_charge_refundable"]:
            emit(db, "charge.dispute.funds_withdrawn", dispute)
        return dispute


def move_dispute(payment_intent_id: str, status: str) -> Document:
    """Give the payment's newest dispute another of Stripe's statuses."""
    with store.transaction() as db:
        dispute = newest_of(db, payment_intent_id)
        if not dispute:
            raise refused("This payment has no dispute.")
        was_refundable = dispute["is_charge_refundable"]
        dispute["status"] = _known(status)
        _settle_terms(dispute)
        db.put(dispute)
        emit(db, f"charge.dispute.{'closed' if status in CLOSED else 'updated'}", dispute)
        if was_refundable and not dispute["is_charge_refundable"]:
            emit(db, "charge.dispute.funds_withdrawn", dispute)
        elif status == "won":
            emit(db, "charge.dispute.funds_reinstated", dispute)
        return dispute


def close_dispute(payment_intent_id: str, *, won: bool = True) -> Document:
    """Decide the open dispute of a payment, for the shop when `won`. An inquiry just closes."""
    with store.transaction() as db:
        dispute = newest_of(db, payment_intent_id)
        if not dispute or dispute["status"] not in OPEN:
            raise refused("This payment has no open dispute.")
        decision = "won" if won else "lost"
        is_inquiry = dispute["status"] in INQUIRY
        return move_dispute(payment_intent_id, "warning_closed" if is_inquiry else decision)


def newest_of(db: Store, payment_intent_id: str) -> Document | None:
    found = db.find("dispute", (f"{field('payment_intent')} = ?", payment_intent_id), limit=1)
    return found[0] if found else None


def early_fraud_warning(
    payment_intent_id: str, fraud_type: str = "made_with_stolen_card"
) -> Document:
    """Let the card's issuer warn of a payment that may be disputed soon; return the warning."""
    with store.transaction() as db:
        charge = _paid_charge(db, payment_intent_id)
        warning = objects.early_fraud_warning(charge, fraud_type)
        db.put(warning)
        emit(db, "radar.early_fraud_warning.created", warning)
        return warning


def _paid_charge(db: Store, payment_intent_id: str) -> Document:
    intent = db.require("payment_intent", payment_intent_id, "payment_intent")
    charge = db.get("charge", intent["latest_charge"])
    if not charge or not charge["paid"]:
        raise refused("Only a payment that arrived can be disputed.")
    return charge


def _known(status: str) -> str:
    if status not in OPEN + CLOSED:
        raise ValueError(f"{status!r} is none of {', '.join(OPEN + CLOSED)}")
    return status


def _settle_terms(dispute: Document) -> None:
    is_inquiry = dispute["status"].startswith("warning_")
    dispute["is_charge_refundable"] = is_inquiry
    dispute["payment_method_details"]["card"]["case_type"] = (
        "inquiry" if is_inquiry else "chargeback"
    )
    if dispute["status"] in CLOSED:
        dispute["evidence_details"]["due_by"] = None
