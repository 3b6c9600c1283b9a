"""Faults of the API, asked for by tests and taken by the transport."""

import re

from . import store
from .api import ROUTES

KINDS = {
    "error_401": "the key is refused",
    "error_403": "the key may not do this",
    "error_500": "Stripe fails before it does anything",
    "error_500_saved": "Stripe fails, and the key gives this failure again",
    "error_500_after": "the work is done, the answer is a failure that the key gives again",
    "error_503": "Stripe is away",
    "error_429": "too many requests",
    "conflict_409": "another request with the same key is under way",
    "connect_timeout": "no connection, nothing happened",
    "late": "the connection breaks; the work is done only at deliver_late() or a repetition",
    "read_timeout_after": "the work is done, its answer is lost",
    "malformed_json": "the work is done, its answer is garbage",
}


def inject_fault(method: str, path: str, kind: str, times: int = 1) -> None:
    """Spoil the next requests to a path, such as `/v1/refunds` or `/v1/refunds/{id}`.

    Each try counts, so a fault meant to survive the SDK's retries needs `times` above them.
    """
    if kind not in KINDS:
        raise ValueError(f"{kind!r} is none of {', '.join(KINDS)}")
    if not any(route.method == method and route.serves(path) for route in ROUTES):
        raise ValueError(f"the simulator does not serve {method} {path}")
    pattern = re.sub(r"\{id\}", "[^/]+", path)
    with store.transaction() as db:
        db.execute(
            "INSERT INTO faults (method, pattern, kind, times) VALUES (?, ?, ?, ?)",
            [method, pattern, kind, times],
        )


def clear_faults() -> None:
    with store.transaction() as db:
        db.execute("DELETE FROM faults")


def take_fault(method: str, path: str) -> str | None:
    with store.transaction() as db:
        rows = db.execute(
            "SELECT id, pattern, kind FROM faults WHERE method = ? AND times > 0 ORDER BY id",
            [method],
        )
        for fault_id, pattern, kind in rows.fetchall():
            if re.fullmatch(pattern, path):
                db.execute("UPDATE faults SET times = times - 1 WHERE id = ?", [fault_id])
                return kind
    return None
