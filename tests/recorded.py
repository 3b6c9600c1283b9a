"""What the shop said to Stripe, as the simulator wrote it down."""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from stripe_simulator.testing import record_to


@dataclass
class StripeCall:
    method: str
    path: str
    query: dict[str, str]
    form: dict[str, str]
    response: dict[str, Any]


@contextmanager
def stripe_calls() -> Iterator[list[StripeCall]]:
    """The calls made in the block; the list is filled when the block ends."""
    calls: list[StripeCall] = []
    with tempfile.TemporaryDirectory() as folder:
        with record_to(Path(folder)):
            yield calls
        exchanges = Path(folder) / "exchanges.jsonl"
        lines = exchanges.read_text(encoding="utf-8").splitlines() if exchanges.exists() else []
        for exchange in map(json.loads, lines):
            query, form = (dict(parse_qsl(exchange[part])) for part in ("query", "body"))
            method, path = exchange["method"], exchange["path"]
            calls.append(StripeCall(method, path, query, form, exchange["response"]))
