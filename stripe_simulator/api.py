"""The simulated API: routes, the key, idempotency."""

import json
import re
from collections.abc import Callable
from email.utils import formatdate
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from . import acts, idempotency, objects, store
from .answers import expanded
from .errors import ApiError
from .params import Rule, parse_form
from .store import Document, Store

FAILURE = ApiError(500, "An unknown error occurred", kind="api_error")


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


def handle(
    method: str, url: str, headers: dict[str, str], body: str, fault: str | None = None
) -> Answer:
    """Answer one request of the SDK. `headers` have lower-case names."""
    parts = urlsplit(url)
    sent = body if method == "POST" else parts.query
    key = headers.get("idempotency-key") if method == "POST" else None
    operation = f"{method} {parts.path}"
    request_id = objects.new_id("req_")
    with store.transaction() as db:
        acts.expire_overdue(db)
        try:
            _check_key(headers.get("authorization", ""))
            found, ids = _find_route(method, parts.path)
            _check_permission(db, found)
            if key and (saved := idempotency.find(db, key, operation, sent)):
                return _replay(saved)
            params = found.rule(parse_form(sent), "")
        except ApiError as error:  # a request that is not well formed is not remembered
            return as_answer(error.status, json.dumps(error.document), request_id)
        status, document = _perform(db, found, params, ids, fault)
        text = json.dumps(document)
        if key:
            saved = idempotency.Saved(status, text, request_id)
            idempotency.save(db, key, operation, sent, saved)
        return as_answer(status, text, request_id)


def _perform(
    db: Store, found: Route, params: Document, ids: tuple[str, ...], fault: str | None
) -> tuple[int, Document]:
    if fault == "error_500_saved":
        return FAILURE.status, FAILURE.document
    db.execute("SAVEPOINT request")
    try:
        document = found.endpoint(db, params, *ids)
        document = expanded(db, document, params.get("expand", []))
    except ApiError as error:
        db.execute("ROLLBACK TO request")
        return error.status, error.document
    if fault == "error_500_after":
        return FAILURE.status, FAILURE.document
    return 200, document


def _replay(saved: idempotency.Saved) -> Answer:
    replayed = {"Idempotent-Replayed": "true", "Original-Request": saved.request_id}
    return as_answer(saved.status, saved.body, objects.new_id("req_"), **replayed)


def as_answer(status: int, body: str, request_id: str, **more: str) -> Answer:
    headers = {
        "Content-Type": "application/json",
        "Date": formatdate(store.now(), usegmt=True),
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


def _check_permission(db: Store, found: Route) -> None:
    permissions = db.switch("key_permissions")
    if permissions is None:
        return
    resource = found.template.removeprefix("/v1/").partition("/{id}")[0]
    if permissions.get(resource) not in ("write", "read" if found.method == "GET" else "write"):
        raise ApiError(
            403,
            "The provided key 'rk_test_****' does not have the required permissions for this"
            f" endpoint ({found.method} {found.template}).",
        )


def _find_route(method: str, path: str) -> tuple[Route, tuple[str, ...]]:
    for candidate in ROUTES:
        match = candidate.serves(path)
        if match and candidate.method == method:
            return candidate, match.groups()
    raise ApiError(404, f"Unrecognized request URL ({method}: {path}): not simulated.")
