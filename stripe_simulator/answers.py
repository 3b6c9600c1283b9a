"""What answers have in common: pages of a list, and objects expanded in the place of ids."""

from typing import Any

from .errors import ApiError, missing, refused
from .oddities import as_sent
from .store import Document, Store, field

EXPANDABLE = {
    "checkout.session": ("payment_intent", "customer", "line_items", "shipping_cost"),
    "shipping_cost": ("shipping_rate",),
    "payment_intent": ("latest_charge", "customer"),
    "charge": ("payment_intent", "customer"),
    "refund": ("payment_intent", "charge"),
    "dispute": ("payment_intent", "charge"),
    "radar.early_fraud_warning": ("payment_intent", "charge"),
}
OPERATORS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


def listed(
    db: Store, kind: str, url: str, params: dict[str, Any], *conditions: tuple[str, object]
) -> Document:
    """One page of a list, newest first, narrowed by `created` and the cursors."""
    limit = params.get("limit", 10)
    where = list(conditions)
    for name, moment in params.get("created", {}).items():
        where.append((f"created {OPERATORS[name]} ?", moment))
    backwards = "ending_before" in params
    for cursor, operator in (("starting_after", "<"), ("ending_before", ">")):
        if cursor in params:
            db.require(kind, params[cursor], cursor)
            seq = f"seq {operator} (SELECT seq FROM objects WHERE id = ?)"  # noqa: S608
            where.append((seq, params[cursor]))
    found = db.find(kind, *where, limit=limit + 1, oldest_first=backwards)
    page = found[:limit]
    return as_list(page[::-1] if backwards else page, url, has_more=len(found) > limit)


def as_list(documents: list[Document], url: str, *, has_more: bool) -> Document:
    return {"object": "list", "data": documents, "has_more": has_more, "url": url}


def matches(params: dict[str, Any], *names: str) -> list[tuple[str, object]]:
    """Conditions for the filters that compare a field of the document with a word."""
    return [(f"{field(name)} = ?", params[name]) for name in names if name in params]


def line_items(session: Document, params: dict[str, Any]) -> Document:
    lines = session["_line_items"]
    ids = [line["id"] for line in lines]
    start, stop, limit = 0, len(lines), params.get("limit", 10)
    if cursor := params.get("starting_after") or params.get("ending_before"):
        if cursor not in ids:
            raise missing("item", cursor, "starting_after")
        start = ids.index(cursor) + 1 if "starting_after" in params else 0
        stop = stop if "starting_after" in params else ids.index(cursor)
    if "ending_before" in params:
        start = max(start, stop - limit)
        has_more = start > 0
    else:
        has_more = stop - start > limit
    url = f"/v1/checkout/sessions/{session['id']}/line_items"
    return as_list(lines[start:stop][:limit], url, has_more=has_more)


def expanded(db: Store, document: Document, paths: list[str]) -> Document:
    """The document as it leaves: with what was asked for in place of ids, without our own keys."""
    for path in paths:
        if document["object"] == "list":
            head, _, rest = path.partition(".")
            if head != "data" or not rest:
                raise refused(f"This property cannot be expanded ({path}).", param="expand")
            for entry in document["data"]:
                _expand(db, entry, rest)
        else:
            _expand(db, document, path)
    return as_sent(db, document)


def _check_rates_may_be_read(db: Store) -> None:
    permissions = db.switch("key_permissions")
    if permissions is not None and "shipping_rates" not in permissions:
        raise ApiError(403, "The provided key does not have the required permissions.")


def _expand(db: Store, document: Document, path: str, kind: str = "") -> None:
    name, _, rest = path.partition(".")
    if name not in EXPANDABLE.get(kind or document["object"], ()):
        raise refused(f"This property cannot be expanded ({path}).", param="expand")
    if name == "shipping_rate":
        _check_rates_may_be_read(db)
    if name == "line_items":
        document[name] = line_items(document, {})
    elif isinstance(document.get(name), str):
        expanded_kind = {"latest_charge": "charge"}.get(name, name)
        document[name] = db.require(expanded_kind, document[name])
    if rest and document.get(name):
        _expand(db, document[name], rest, document[name].get("object", name))
