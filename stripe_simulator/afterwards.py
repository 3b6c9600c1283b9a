"""What happens to a payment afterwards: refunds and disputes."""

from typing import Any

from . import money, objects, store
from .errors import refused
from .events import emit
from .store import Document, Store, field


def refund_at_stripe(
    payment_intent_id: str,
    amount_cents: int | None = None,
    *,
    pending: bool | None = None,
    params: dict[str, Any] | None = None,
) -> Document:
    """Refund a payment, all that is left unless an amount is given, and return the refund.

    Refunds to a bank account stay `pending` until they are settled; cards get theirs at once.
    """
    with store.transaction() as db:
        intent = db.require("payment_intent", payment_intent_id, "payment_intent")
        charge = db.get("charge", intent["latest_charge"])
        if not charge or not charge["paid"]:
            raise refused(
                f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.",
                code="payment_intent_unexpected_state",
            )
        amount = _refundable(charge, amount_cents)
        by_bank = charge["payment_method_details"]["type"] != "card"
        is_pending = by_bank if pending is None else pending
        status = "pending" if is_pending else "succeeded"
        refund = objects.refund(charge, amount, params or {}, status)
        _add_refunded(charge, amount)
        db.put(refund)
        db.put(charge)
        emit(db, "refund.created", refund)
        emit(db, "charge.refunded", charge)
        return refund


def _refundable(charge: Document, amount: int | None) -> int:
    left = charge["amount"] - charge["amount_refunded"]
    if charge["disputed"]:
        raise refused(f"Charge {charge['id']} has been charged back.", code="charge_disputed")
    if left == 0:
        raise refused(
            f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded"
        )
    if amount is not None and amount > left:
        wanted, rest = (money.show(cents, charge["currency"]) for cents in (amount, left))
        raise refused(
            f"Refund amount ({wanted}) is greater than unrefunded amount on charge ({rest})",
            param="amount",
        )
    return left if amount is None else amount


def _add_refunded(charge: Document, amount: int) -> None:
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]


def succeed_refund(refund_id: str) -> Document:
    """Let a pending refund arrive."""
    with store.transaction() as db:
        refund = db.require("refund", refund_id, "refund")
        if refund["status"] != "pending":
            raise refused(f"This refund is {refund['status']}, not pending.")
        refund["status"] = "succeeded"
        refund.pop("pending_reason")
        db.put(refund)
        emit(db, "refund.updated", refund)
        return refund


def fail_refund(refund_id: str) -> Document:
    """Let a refund come back, be it pending or already succeeded, as banks do days later."""
    with store.transaction() as db:
        refund = db.require("refund", refund_id, "refund")
        if refund["status"] not in ("pending", "succeeded"):
            raise refused(f"This refund is already {refund['status']}.")
        refund |= {"status": "failed", "failure_reason": "expired_or_canceled_card"}
        refund.pop("pending_reason", None)
        charge = db.require("charge", refund["charge"])
        _add_refunded(charge, -refund["amount"])
        db.put(refund)
        db.put(charge)
        emit(db, "refund.updated", refund)
        emit(db, "refund.failed", refund)
        return refund


def open_dispute(payment_intent_id: str, reason: str = "fraudulent") -> Document:
    """Let the card's owner dispute a payment, and return the dispute."""
    with store.transaction() as db:
        intent = db.require("payment_intent", payment_intent_id, "payment_intent")
        charge = db.get("charge", intent["latest_charge"])
        if not charge or not charge["paid"] or charge["disputed"]:
            raise refused("Only a payment that arrived can be disputed, and only once.")
        charge["disputed"] = True
        dispute = objects.dispute(charge, reason)
        db.put(charge)
        db.put(dispute)
        emit(db, "charge.dispute.created", dispute)
        return dispute


def dispute_of(db: Store, payment_intent_id: str) -> Document | None:
    found = db.find("dispute", (f"{field('payment_intent')} = ?", payment_intent_id), limit=1)
    return found[0] if found else None


def close_dispute(payment_intent_id: str, *, won: bool = True) -> Document:
    """Decide the dispute of a payment, for the shop when `won`."""
    with store.transaction() as db:
        dispute = dispute_of(db, payment_intent_id)
        if not dispute or dispute["status"] != "needs_response":
            raise refused("This payment has no open dispute.")
        dispute["status"] = "won" if won else "lost"
        db.put(dispute)
        emit(db, "charge.dispute.closed", dispute)
        return dispute
