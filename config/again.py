"""A page is read once more where PostgreSQL cut the connection in the middle of it."""

import logging
from collections.abc import Callable
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse

logger = logging.getLogger(__name__)


class TryAgainMiddleware:
    """For a GET that only read. What was written, or sent by a form, is never done twice.

    Connections are looked at when a request takes one, so this is about what PostgreSQL cuts while
    a page is being made, as it does when it is restarted.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in ("GET", "HEAD"):
            return self.get_response(request)
        has_written = False

        def watch(execute: Callable[..., Any], sql: str, *more: Any) -> Any:
            nonlocal has_written
            has_written = has_written or not sql.startswith("SELECT")
            return execute(sql, *more)

        with connection.execute_wrapper(watch):
            answer = self.get_response(request)
        if answer.status_code != 503 or has_written or not is_cut():
            return answer
        logger.warning("connection to the database cut: %s is made again", request.path)
        connection.close()
        return self.get_response(request)


def is_cut() -> bool:
    """Whether there was a connection, and is none. To wait twice for one would not help."""
    return (
        connection.connection is not None
        and not connection.in_atomic_block
        and not connection.is_usable()
    )
