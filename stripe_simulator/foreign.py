"""What else is in a Stripe account: payments of other tools, and people at its dashboard."""

from typing import Any

from . import acts, events, objects, refunds, store
from .store import Document

# An object's event when someone edits it; what is not here changes silently.
EDITED = {
    "charge": "charge.updated",
    "dispute": "charge.dispute.updated",
    "refund": "refund.updated",
}


def foreign_session(
    metadata: dict[str, str] | None = None,
    *,
    paid: bool = True,
    amount: int = 2500,
    currency: str = "usd",
    **params: Any,
) -> Document:
    """A session of another tool with any metadata, paid or open; `params` as in Stripe's API."""
    with store.transaction() as db:
        session = objects.checkout_session(_session_params(metadata, amount, currency) | params)
        db.put(session)
        return acts.pay(session["id"]) if paid else objects.public(session)


def foreign_payment(
    metadata: dict[str, str] | None = None, *, amount: int = 2500, currency: str = "usd"
) -> Document:
    """A payment that was made without any Checkout Session; return its PaymentIntent."""
    with store.transaction() as db:
        params = _session_params({}, amount, currency)
        params["payment_intent_data"] = {"metadata": metadata or {}}
        never_stored = objects.checkout_session(params)
        never_stored["customer_details"] = objects.customer_details("other@example.com", "Other")
        intent = objects.payment_intent(never_stored) | {"amount": amount}
        acts.charge(db, intent, never_stored, acts.PAYS)
        acts.receive(db, intent)
        return intent


def foreign_refund(
    metadata: dict[str, str] | None = None,
    *,
    payment_intent_id: str | None = None,
    amount: int | None = None,
) -> Document:
    """A refund that another tool made, of its own payment or of the given one."""
    intent_id = payment_intent_id or foreign_payment()["id"]
    return refunds.refund_at_stripe(intent_id, amount, params={"metadata": metadata or {}})


def emit(kind: str, subject: Document) -> Document:
    """Send an event of any type about any object, with or without an id; return the event."""
    with store.transaction() as db:
        return events.emit(db, kind, subject)


def edit_metadata(object_id: str, changes: dict[str, str]) -> Document:
    """Change some keys of an object's metadata by hand; an empty value takes its key away."""
    with store.transaction() as db:
        document = db.require_any(object_id)
        metadata = (document["metadata"] or {}) | changes
        document["metadata"] = {key: value for key, value in metadata.items() if value}
        db.put(document)
        if document["object"] in EDITED:
            events.emit(db, EDITED[document["object"]], document)
        return objects.public(document)


def _session_params(metadata: dict[str, str] | None, amount: int, currency: str) -> dict[str, Any]:
    price = {
        "currency": currency,
        "unit_amount": amount,
        "product_data": {"name": "Something of another tool"},
    }
    return {
        "mode": "payment",
        "line_items": [{"price_data": price, "quantity": 1}],
        "metadata": metadata or {},
        "success_url": "https://other.example/thanks",
        "customer_email": "other@example.com",
    }
