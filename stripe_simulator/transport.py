"""The SDK's way to the simulator: its HTTP client, answered in the same process."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import stripe
from requests.structures import CaseInsensitiveDict

from . import endpoints, late, recording, store  # noqa: F401  (endpoints registers the routes)
from .api import FAILURE, Answer, as_answer, handle
from .errors import ApiError
from .faults import take_fault
from .objects import new_id
from .recording import record_to

__all__ = ["SimulatorTransport", "record_to"]

STATUS_FAULTS = {
    "error_401": ApiError(401, "Invalid API Key provided: sk_test_****"),
    "error_403": ApiError(403, "The provided key does not have the required permissions."),
    "error_500": FAILURE,
    "error_503": ApiError(503, "Stripe is not available", kind="api_error"),
    "error_429": ApiError(429, "Too many requests", code="rate_limit"),
    "conflict_409": ApiError(
        409,
        "There is currently another in-progress request using this Idempotent Key.",
        kind="idempotency_error",
        code="idempotency_key_in_use",
    ),
}


class SimulatorTransport(stripe.HTTPClient):
    """Give `stripe.StripeClient(http_client=...)` the simulator instead of the network.

    What the SDK does around a request, such as its retries, stays as it is, except that nobody
    waits between two tries.
    """

    name = "simulator"

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[str, int, Mapping[str, str]]:
        method = method.upper()
        body = post_data.decode() if isinstance(post_data, bytes) else post_data or ""
        with store.transaction():
            fault = take_fault(method, urlsplit(url).path)
            sent = {name.lower(): value for name, value in (headers or {}).items()}
            answer = _answer(fault, method, url, sent, body)
        if answer:
            _record(method, url, body, answer)
        if answer is None or fault == "read_timeout_after":
            raise stripe.APIConnectionError(f"Simulated: {fault}", should_retry=True)
        text = answer.body[: len(answer.body) // 2] if fault == "malformed_json" else answer.body
        return text, answer.status, CaseInsensitiveDict(answer.headers)

    def _sleep_time_seconds(self, num_retries: int) -> float:
        return 0

    def close(self) -> None:
        """Nothing is held open between two requests."""


def _answer(
    fault: str | None, method: str, url: str, headers: dict[str, str], body: str
) -> Answer | None:
    if fault == "connect_timeout":
        return None
    if fault == "late":
        late.keep(method, url, headers, body)
        return None
    if fault in STATUS_FAULTS:
        error = STATUS_FAULTS[fault]
        return as_answer(error.status, json.dumps(error.document), new_id("req_"))
    if "idempotency-key" in headers:
        late.deliver_before(headers["idempotency-key"])
    return handle(method, url, headers, body, fault)


def _record(method: str, url: str, body: str, answer: Answer) -> None:
    parts = urlsplit(url)
    exchange = {
        "method": method,
        "path": parts.path,
        "query": parts.query,
        "body": body,
        "status": answer.status,
        "response": json.loads(answer.body),
        "time": store.now(),
    }
    recording.record("exchanges", exchange)
