"""Refunds: made by the shop, in Stripe's dashboard or by others, and what becomes of them."""

from typing import Any

from . import disputes, money, objects, store
from .errors import refused
from .events import emit
from .store import Document, Store

TAKEN_BACK = ("failed", "canceled")


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
        amount = _refundable(db, charge, amount_cents)
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


def _refundable(db: Store, charge: Document, amount: int | None) -> int:
    left = charge["amount"] - charge["amount_refunded"]
    dispute = disputes.newest_of(db, charge["payment_intent"])
    if dispute and not dispute["is_charge_refundable"]:
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
        return move_refund(refund_id, "succeeded")


def fail_refund(refund_id: str) -> Document:
    """Let a refund come back, be it pending or already succeeded, as banks do days later."""
    with store.transaction() as db:
        refund = db.require("refund", refund_id, "refund")
        if refund["status"] not in ("pending", "succeeded", "requires_action"):
            raise refused(f"This refund is already {refund['status']}.")
        return move_refund(refund_id, "failed")


def move_refund(refund_id: str, status: str | None) -> Document:
    """Give a refund any status, also a word that Stripe has not used yet, or none."""
    with store.transaction() as db:
        refund = db.require("refund", refund_id, "refund")
        charge = db.require("charge", refund["charge"])
        counted, counts = refund["status"] not in TAKEN_BACK, status not in TAKEN_BACK
        _add_refunded(charge, refund["amount"] * (counts - counted))
        for name in ("pending_reason", "failure_reason", "next_action"):
            refund.pop(name, None)
        refund |= {"status": status} | _details(status, refund)
        db.put(charge)
        db.put(refund)
        emit(db, "refund.updated", refund)
        if status == "failed":
            emit(db, "refund.failed", refund)
        return refund


def _details(status: str | None, refund: Document) -> Document:
    if status == "pending":
        return {"pending_reason": "processing"}
    if status == "failed":
        return {"failure_reason": "expired_or_canceled_card"}
    if status == "requires_action":  # the buyer is asked by mail where the money should go
        email = {"email_sent_at": store.now(), "email_sent_to": "buyer@example.com"}
        expires_at = refund["created"] + 45 * objects.DAY
        details = {"email_sent": email, "expires_at": expires_at}
        return {"next_action": {"type": "display_details", "display_details": details}}
    return {}


def set_refund_metadata(refund_id: str, metadata: dict[str, str] | None) -> Document:
    """Replace the metadata of a refund, as anybody with access to the account may."""
    with store.transaction() as db:
        refund = db.require("refund", refund_id, "refund")
        refund["metadata"] = metadata
        db.put(refund)
        emit(db, "refund.updated", refund)
        return refund
