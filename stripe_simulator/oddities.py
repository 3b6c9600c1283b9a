"""What Stripe's description allows and hardly anybody expects: nulls, and objects as they like.

Every object passes here on its way out, in answers and in events.
"""

import json
from typing import Any

from . import store
from .errors import missing
from .objects import SHAPES, public
from .store import Document, Store


def set_nulls(on: bool) -> None:
    """From now on send null in all that may be null, but for what says what was paid and by whom.

    It is about sessions, their lines, refunds, charges and disputes; shapes.json has the list.
    """
    with store.transaction() as db:
        db.set_switch("nulls", on)


def as_sent(db: Store, value: Any) -> Any:
    """The value as it leaves the simulator: without its own keys, with nulls if they are on."""
    return _sent(value, SHAPES["nulls"] if db.switch("nulls") else {})


def _sent(value: Any, nulls: dict[str, list[str]]) -> Any:
    if isinstance(value, list):
        return [_sent(entry, nulls) for entry in value]
    if not isinstance(value, dict):
        return value
    kind = value.get("object")  # of an event's data that is the object itself
    empty = nulls.get(kind, []) if isinstance(kind, str) else []
    return {
        key: None if key in empty else _sent(inner, nulls) for key, inner in public(value).items()
    }


def override(object_id: str, **fields: Any) -> Document:
    """Give fields of any object, also a line item, any value; `...` takes a field away.

    Nothing follows from it: no event, no other object changes. Stripe knows no NUL in texts.
    """
    if "\\u0000" in json.dumps([value for value in fields.values() if value is not ...]):
        raise ValueError("Stripe refuses NUL in every text")
    with store.transaction() as db:
        owner = _owner(db, object_id)
        for document in (owner, *owner.get("_line_items", [])):
            if document["id"] == object_id:
                document |= fields
                for name in [name for name in fields if fields[name] is ...]:
                    del document[name]
        db.put(owner)
        return owner


def _owner(db: Store, object_id: str) -> Document:
    """The stored document with the id: a line item is stored with its session."""
    if not object_id.startswith("li_"):
        return db.require_any(object_id)
    for session in db.find("checkout.session"):
        if object_id in [line["id"] for line in session["_line_items"]]:
            return session
    raise missing("item", object_id)
