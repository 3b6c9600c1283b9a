"""How queued events reach the shop's webhook.

Nothing is ever delivered inside an API call, because the shop may hold a transaction there. A
daemon thread delivers what is due, and ends when nothing is pending.

Tests have no server to post to. They set `background = False`, replace `send` by a function
that hands the request to Django's test client (with `raise_request_exception = False`), and call
`deliver_due()` when the events should arrive.
"""

import hashlib
import hmac
import json
import threading
import time
from urllib.parse import urljoin

import requests
from django.conf import settings

from . import recording, store
from .store import Store

background = True
_worker: threading.Thread | None = None
_lock = threading.Lock()
_woken = threading.Event()

WEBHOOK_PATH = "/webhooks/stripe/"
SECONDS_TO_ANSWER = 10
SECONDS_CLAIMED = 30
BACK_OFF = (2, 10, 60, 600, 3600, 6 * 3600)


def send(url: str, payload: bytes, headers: dict[str, str]) -> int:
    """Post one event and return the status. The seam that tests replace."""
    answer = requests.post(
        url, data=payload, headers=headers, timeout=SECONDS_TO_ANSWER, allow_redirects=False
    )
    return answer.status_code


def signature(payload: bytes, secret: str, timestamp: int) -> str:
    digest = hmac.new(secret.encode(), f"{timestamp}.".encode() + payload, hashlib.sha256)
    return f"t={timestamp},v1={digest.hexdigest()}"


def deliver_due() -> int:
    """Deliver all that is due, in order; return how many deliveries were tried."""
    tried = 0
    while delivery := _claim("due_at <= ?", [time.time()]):
        _deliver(*delivery)
        tried += 1
    return tried


def deliver_now(kind: str, object_id: str) -> None:
    """Deliver one event and wait for the answer, as a hosted page does before it redirects.

    An event that is delayed, lost or to come after others is left alone.
    """
    due = "type = ? AND object = ? AND due_at <= ? AND position > 0"
    values = [kind, object_id, time.time()]
    if delivery := _claim(due, values):
        _deliver(*delivery)
        return
    # The background thread may have been faster: wait for its answer, counting instead of
    # reading the clock, which tests freeze.
    for _ in range(SECONDS_TO_ANSWER * 20):
        with store.transaction() as db:
            pending = "SELECT 1 FROM deliveries WHERE state = 'pending' AND attempts = 0 AND "
            if not db.execute(pending + due, values).fetchone():
                return
        time.sleep(0.05)


def _claim(condition: str, values: list[object]) -> tuple[int, str, str, bool] | None:
    """Take the first pending delivery for this thread alone. A claim lapses with its process."""
    with store.transaction() as db:
        row = db.execute(
            "SELECT id, event, payload, forged FROM deliveries"  # noqa: S608
            f" WHERE state = 'pending' AND claimed_until <= ? AND {condition}"
            " ORDER BY position, id LIMIT 1",
            [time.time(), *values],
        ).fetchone()
        if row:
            db.execute(
                "UPDATE deliveries SET claimed_until = ? WHERE id = ?",
                [time.time() + SECONDS_CLAIMED, row[0]],
            )
        return row


def _deliver(delivery_id: int, event_id: str, text: str, forged: bool) -> None:
    payload = text.encode()
    secret = "whsec_of_someone_else" if forged else settings.STRIPE_WEBHOOK_SECRET
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "Stripe-Signature": signature(payload, secret, int(time.time())),
        "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
    }
    recording.record("events", json.loads(text))
    try:
        status = send(urljoin(settings.SITE_URL, WEBHOOK_PATH), payload, headers)
    except OSError:  # refused, timed out: requests' own errors are OSErrors
        status = 0
    with store.transaction() as db:
        if 200 <= status < 300:
            _note_success(db, delivery_id, event_id)
        else:
            _note_failure(db, delivery_id)
    _woken.set()  # the background thread may be waiting for this claim to lapse


def _note_success(db: Store, delivery_id: int, event_id: str) -> None:
    db.execute("UPDATE deliveries SET state = 'delivered' WHERE id = ?", [delivery_id])
    event = db.require("event", event_id)
    db.put(event | {"pending_webhooks": 0})


def _note_failure(db: Store, delivery_id: int) -> None:
    attempts = db.execute("SELECT attempts FROM deliveries WHERE id = ?", [delivery_id])
    tried = attempts.fetchone()[0]
    state, pause = ("pending", BACK_OFF[tried]) if tried < len(BACK_OFF) else ("failed", 0)
    db.execute(
        "UPDATE deliveries SET attempts = ?, state = ?, due_at = ?, claimed_until = 0 WHERE id = ?",
        [tried + 1, state, time.time() + pause, delivery_id],
    )


def wake() -> None:
    """See to it that a thread delivers what was queued."""
    global _worker
    if not background:
        return
    with _lock:
        _woken.set()
        if _worker is None or not _worker.is_alive():
            _worker = threading.Thread(target=_work, name="stripe-simulator", daemon=True)
            _worker.start()


def _work() -> None:
    global _worker
    while True:
        _woken.clear()
        deliver_due()
        pause = _seconds_until_due()
        with _lock:
            if pause is None and not _woken.is_set():
                _worker = None
                return
        _woken.wait(pause)


def _seconds_until_due() -> float | None:
    with store.transaction() as db:
        due_at = db.execute(
            "SELECT min(max(due_at, claimed_until)) FROM deliveries WHERE state = 'pending'"
        ).fetchone()[0]
    return None if due_at is None else max(due_at - time.time(), 0.05)
