"""Events: what the shop is told. What is to be delivered is a row, with the time it is due."""

import json
import time

from . import objects, store
from .delivery import wake
from .oddities import as_sent
from .store import Document, Store, field

SECONDS_DELAYED = 30
MODES = {
    "normal": "Deliver events",
    "duplicate": "Deliver every event twice",
    "delayed": f"Deliver after {SECONDS_DELAYED} seconds",
    "lost": "Lose events",
    "reordered": "Deliver in reverse order",
    "bad_signature": "Sign with a wrong secret",
    "wrong_livemode": "Claim to be live",
    "other_api_version": "Use an older API version",
}


def set_webhooks(mode: str) -> None:
    """Choose how events travel from now on: one of MODES."""
    if mode not in MODES:
        raise ValueError(f"{mode!r} is none of {', '.join(MODES)}")
    with store.transaction() as db:
        db.set_switch("webhooks", mode)


def webhooks() -> str:
    with store.transaction() as db:
        return str(db.switch("webhooks", "normal"))


def emit(db: Store, kind: str, subject: Document) -> Document:
    """Make an event of what happened, queue its delivery, and return it."""
    mode = db.webhooks or webhooks()
    event = objects.event(kind, as_sent(db, subject))
    if mode == "wrong_livemode":
        event["livemode"] = True
    if mode == "other_api_version":
        event["api_version"] = "2024-06-20"
    db.put(event)
    if mode != "lost":
        queue(db, event, mode)
    return event


def queue(db: Store, event: Document, mode: str = "normal") -> None:
    position = db.execute("SELECT seq FROM objects WHERE id = ?", [event["id"]]).fetchone()[0]
    row = {
        "event": event["id"],
        "type": event["type"],
        "object": event["data"]["object"].get("id", ""),  # not everything has one
        "payload": json.dumps(event, indent=2),
        "due_at": time.time() + (SECONDS_DELAYED if mode == "delayed" else 0),
        "position": -position if mode == "reordered" else position,
        "forged": mode == "bad_signature",
    }
    for _ in range(2 if mode == "duplicate" else 1):
        db.execute(
            "INSERT INTO deliveries (event, type, object, payload, due_at, position, forged)"
            " VALUES (:event, :type, :object, :payload, :due_at, :position, :forged)",
            row,
        )
    if wake not in db.after_commit:
        db.after_commit.append(wake)


def resend(session_id: str) -> int:
    """Deliver again every event about a session and its payment; return how many."""
    with store.transaction() as db:
        session = db.require("checkout.session", session_id)
        subject = f"coalesce({field('data.object.payment_intent')}, {field('data.object.id')})"
        about = json.dumps([session_id, session["payment_intent"]])
        related = (f"{subject} IN (SELECT value FROM json_each(?))", about)  # noqa: S608
        events = db.find("event", related, oldest_first=True)
        for event in events:
            queue(db, event)
        return len(events)
