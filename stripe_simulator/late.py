"""Requests that reach Stripe late: their connection breaks, and the work is done afterwards."""

import json

from . import api, store


def keep(method: str, url: str, headers: dict[str, str], body: str) -> None:
    with store.transaction() as db:
        db.execute(
            "INSERT INTO late (key, request) VALUES (?, ?)",
            [headers.get("idempotency-key"), json.dumps([method, url, headers, body])],
        )


def deliver_late() -> int:
    """Let all late requests take effect now, in order; return how many there were."""
    return _deliver("1 = 1")


def deliver_before(key: str) -> None:
    """A repetition finds that the late request with its key came first."""
    _deliver("key = ?", key)


def _deliver(condition: str, *values: str) -> int:
    with store.transaction() as db:
        found = db.execute(
            f"DELETE FROM late WHERE {condition} RETURNING id, request",  # noqa: S608
            values,
        ).fetchall()
        for _, request in sorted(found):
            api.handle(*json.loads(request))
        return len(found)
