"""The simulated API: routes, the key, idempotency."""

import json
import re
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from . import acts, objects, store
from .answers import expanded
from .errors import ApiError, refused
from .params import Rule, parse_form
from .store import Document, Store

SECONDS_IDEMPOTENT = 24 * 60 * 60


class Answer(NamedTuple):
    status: int
    body: str
    headers: dict[str, str]


class Route(NamedTuple):
    method: str
    template: str
    rule: Rule
    endpoint: Callable[..., Document]

    def serves(self, path: str) -> re.Match[str] | None:
        return re.fullmatch(self.template.replace("{id}", r"([^/]+)"), path)


ROUTES: list[Route] = []


def route(method: str, template: str, rule: Rule) -> Callable[..., Any]:
    """Serve a path by a function of the store, the checked parameters and the path's id."""

    def register(endpoint: Callable[..., Document]) -> Callable[..., Document]:
        ROUTES.append(Route(method, template, rule, endpoint))
        return endpoint

    return register


def handle(method: str, url: str, headers: dict[str, str], body: str) -> Answer:
    """Answer one request of the SDK. `headers` have lower-case names."""
    parts = urlsplit(url)
    sent = body if method == "POST" else parts.query
    key = headers.get("idempotency-key") if method == "POST" else None
    request_id = objects.new_id("req_")
    with store.transaction() as db:
        acts.expire_overdue(db)
        try:
            _check_key(headers.get("authorization", ""))
            if key and (saved := _replay(db, key, f"{method} {parts.path}", sent)):
                return saved
            found, ids = _find_route(method, parts.path)
            params = found.rule(parse_form(sent), "")
        except ApiError as error:  # a request that is not well formed is not remembered
            return _answer(error.status, json.dumps(error.document), request_id)
        db.execute("SAVEPOINT request")
        try:
            status, document = 200, found.endpoint(db, params, *ids)
            document = expanded(db, document, params.get("expand", []))
        except ApiError as error:
            db.execute("ROLLBACK TO request")
            status, document = error.status, error.document
        answer = json.dumps(document)
        if key:
            _remember(db, key, f"{method} {parts.path}", sent, status, answer, request_id)
    return _answer(status, answer, request_id)


def _answer(status: int, body: str, request_id: str, **more: str) -> Answer:
    headers = {
        "Content-Type": "application/json",
        "Request-Id": request_id,
        "Stripe-Version": objects.API_VERSION,
    }
    return Answer(status, body, headers | more)


def _check_key(authorization: str) -> None:
    key = authorization.removeprefix("Bearer ")
    if not key.strip():
        raise ApiError(401, "You did not provide an API key.")
    if not re.fullmatch(r"(sk|rk)_test_\w+", key, re.ASCII):
        raise ApiError(401, f"Invalid API Key provided: {key[:8]}****")


def _find_route(method: str, path: str) -> tuple[Route, tuple[str, ...]]:
    for candidate in ROUTES:
        match = candidate.serves(path)
        if match and candidate.method == method:
            return candidate, match.groups()
    raise ApiError(404, f"Unrecognized request URL ({method}: {path}): not simulated.")


def _canonical(operation: str, sent: str) -> str:
    return json.dumps([operation, *sorted(parse_qsl(sent, keep_blank_values=True))])


def _replay(db: Store, key: str, operation: str, sent: str) -> Answer | None:
    if len(key) > 255:
        raise refused("Idempotency keys have at most 255 characters.")
    row = db.execute(
        "SELECT request, status, body, request_id FROM idempotency WHERE key = ? AND created > ?",
        [key, store.now() - SECONDS_IDEMPOTENT],
    ).fetchone()
    if not row:
        return None
    request, status, body, request_id = row
    if request != _canonical(operation, sent):
        raise refused(
            "Keys for idempotent requests can only be used with the parameters they were first"
            f" used with. Use a key other than '{key}' for another request.",
            kind="idempotency_error",
        )
    replayed = {"Idempotent-Replayed": "true", "Original-Request": request_id}
    return _answer(status, body, objects.new_id("req_"), **replayed)


def _remember(
    db: Store, key: str, operation: str, sent: str, status: int, body: str, request_id: str
) -> None:
    db.execute(
        "INSERT OR REPLACE INTO idempotency (key, request, status, body, request_id, created)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        [key, _canonical(operation, sent), status, body, request_id, store.now()],
    )
