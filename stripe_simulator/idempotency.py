"""The answers of POSTs, saved under their keys for a day and given again, errors included.

Not saved is what Stripe refuses before it begins to work: a wrong key, bad parameters, a conflict,
too many requests.
"""

import json
from typing import NamedTuple
from urllib.parse import parse_qsl

from . import store
from .errors import refused
from .store import Store

SECONDS_KEPT = 24 * 60 * 60
NEVER_SAVED = {401, 403, 409, 429}


class Saved(NamedTuple):
    status: int
    body: str
    request_id: str


def set_strict_bodies(on: bool) -> None:
    """Refuse a repetition whose parameters only come in another order, too.

    Nobody outside knows how Stripe compares them: a shop that sends the same bytes is safe.
    """
    with store.transaction() as db:
        db.set_switch("strict_bodies", on)


def find(db: Store, key: str, operation: str, sent: str) -> Saved | None:
    """What was answered under this key. Refused when it was to another request."""
    if len(key) > 255:
        raise refused("Idempotency keys have at most 255 characters.")
    row = db.execute(
        "SELECT request, status, body, request_id FROM idempotency WHERE key = ? AND created > ?",
        [key, store.now() - SECONDS_KEPT],
    ).fetchone()
    if not row:
        return None
    request, *saved = row
    if not _are_same(db, json.loads(request), [operation, sent]):
        raise refused(
            "Keys for idempotent requests can only be used with the parameters they were first"
            f" used with. Use a key other than '{key}' for another request.",
            kind="idempotency_error",
        )
    return Saved(*saved)


def save(db: Store, key: str, operation: str, sent: str, saved: Saved) -> None:
    if saved.status in NEVER_SAVED:
        return
    db.execute(
        "INSERT OR REPLACE INTO idempotency (key, request, status, body, request_id, created)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        [key, json.dumps([operation, sent]), *saved, store.now()],
    )


def _are_same(db: Store, first: list[str], second: list[str]) -> bool:
    if db.switch("strict_bodies"):
        return first == second
    (operation, sent), (again, resent) = first, second
    return operation == again and _parameters(sent) == _parameters(resent)


def _parameters(sent: str) -> list[tuple[str, str]]:
    return sorted(parse_qsl(sent, keep_blank_values=True))
