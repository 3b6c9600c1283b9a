"""The simulator's state: JSON documents in a SQLite file of its own.

It is never the shop's database, because a shop transaction that is rolled back must not undo a
payment. Every transaction takes the write lock at once, so threads and processes simply queue.
"""

import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

from django.conf import settings

from .errors import missing

Document = dict[str, Any]

SCHEMA_VERSION = 3
SCHEMA = f"""
PRAGMA journal_mode = WAL;
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS objects (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE, object TEXT, created INTEGER, json TEXT);
CREATE INDEX IF NOT EXISTS objects_by_kind ON objects (object, seq);
CREATE INDEX IF NOT EXISTS objects_by_intent
    ON objects (object, json_extract(json, '$.payment_intent'));
CREATE INDEX IF NOT EXISTS open_by_expiry ON objects (object, json_extract(json, '$.expires_at'))
    WHERE object = 'checkout.session' AND json_extract(json, '$.status') = 'open';
CREATE TABLE IF NOT EXISTS idempotency (
    key TEXT PRIMARY KEY, request TEXT, status INTEGER, body TEXT, request_id TEXT,
    created INTEGER);
CREATE TABLE IF NOT EXISTS deliveries (
    id INTEGER PRIMARY KEY, event TEXT, type TEXT, object TEXT, payload TEXT,
    due_at REAL, position INTEGER, forged INTEGER, attempts INTEGER DEFAULT 0,
    claimed_until REAL DEFAULT 0, state TEXT DEFAULT 'pending');
CREATE INDEX IF NOT EXISTS pending_deliveries
    ON deliveries (position, id) WHERE state = 'pending';
CREATE INDEX IF NOT EXISTS deliveries_by_object ON deliveries (object, type);
CREATE TABLE IF NOT EXISTS faults (
    id INTEGER PRIMARY KEY, method TEXT, pattern TEXT, kind TEXT, times INTEGER);
CREATE TABLE IF NOT EXISTS late (id INTEGER PRIMARY KEY, key TEXT, request TEXT);
CREATE TABLE IF NOT EXISTS switches (name TEXT PRIMARY KEY, value TEXT);
-- What an older version wrote in another way.
DROP INDEX IF EXISTS open_sessions;
DELETE FROM idempotency WHERE json_type(request, '$[1]') IS NOT 'text';
DELETE FROM switches WHERE NOT json_valid(value);
PRAGMA user_version = {SCHEMA_VERSION};
COMMIT;
"""  # noqa: S608

_here = threading.local()


def now() -> int:
    return int(time.time())


def field(name: str) -> str:
    return f"json_extract(json, '$.{name}')"


class Store:
    """One open transaction on the simulator's file."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.execute = connection.execute
        self.after_commit: list[Callable[[], object]] = []
        self.webhooks: str | None = None  # one of events.MODES, for this transaction's events

    def put(self, document: Document) -> None:
        self.execute(
            "INSERT INTO objects (id, object, created, json) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (id) DO UPDATE SET json = excluded.json",
            (document["id"], document["object"], document.get("created"), json.dumps(document)),
        )

    def get(self, kind: str, object_id: str | None) -> Document | None:
        row = self.execute(
            "SELECT json FROM objects WHERE id = ? AND object = ?", (object_id, kind)
        ).fetchone()
        return json.loads(row[0]) if row else None

    def require(self, kind: str, object_id: str, param: str = "id") -> Document:
        document = self.get(kind, object_id)
        if document is None:
            raise missing(kind, object_id, param)
        return document

    def require_any(self, object_id: str) -> Document:
        """The document with this id, of whatever kind."""
        row = self.execute("SELECT json FROM objects WHERE id = ?", [object_id]).fetchone()
        if not row:
            raise missing("object", object_id)
        document: Document = json.loads(row[0])
        return document

    def find(
        self,
        kind: str,
        *conditions: tuple[str, object],
        limit: int = -1,
        oldest_first: bool = False,
    ) -> list[Document]:
        """Documents of one kind, newest first. A condition is SQL with one `?`, and its value."""
        # The kind stands in the SQL itself, or SQLite would not use the index of the open ones.
        where = " AND ".join([f"object = '{kind}'", *(condition for condition, _ in conditions)])
        order = "seq" if oldest_first else "seq DESC"
        rows = self.execute(
            f"SELECT json FROM objects WHERE {where} ORDER BY {order} LIMIT ?",  # noqa: S608
            [*(value for _, value in conditions), limit],
        )
        return [json.loads(row[0]) for row in rows]

    def switch(self, name: str, default: Any = None) -> Any:
        row = self.execute("SELECT value FROM switches WHERE name = ?", [name]).fetchone()
        return json.loads(row[0]) if row else default

    def set_switch(self, name: str, value: Any) -> None:
        self.execute("INSERT OR REPLACE INTO switches VALUES (?, ?)", [name, json.dumps(value)])


@contextmanager
def transaction() -> Iterator[Store]:
    """Hold the store alone until the block ends; a transaction inside another joins it."""
    outer = getattr(_here, "store", None)
    if outer is not None:
        yield outer
        return
    with closing(_connect()) as connection:
        store = _here.store = Store(connection)
        try:
            connection.execute("BEGIN IMMEDIATE")
            yield store
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        finally:
            _here.store = None
    for callback in store.after_commit:
        callback()


def _connect() -> sqlite3.Connection:
    path = settings.STRIPE_SIMULATOR_STORE
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, timeout=30, isolation_level=None)
    # A power cut may lose the last payments: they were pretended ones.
    connection.execute("PRAGMA synchronous = OFF")
    if connection.execute("PRAGMA user_version").fetchone()[0] != SCHEMA_VERSION:
        connection.executescript(SCHEMA)
    return connection
