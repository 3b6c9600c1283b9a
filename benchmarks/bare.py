"""What no page can beat: a WSGI application that answers 30,000 bytes and does nothing."""

from collections.abc import Callable
from typing import Any

BYTES = b"x" * 30_000


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    start_response("200 OK", [("Content-Type", "text/html"), ("Content-Length", str(len(BYTES)))])
    return [BYTES]
