"""Each request has an id, which its answer and its lines in the log carry; slow ones are logged."""

import logging
import time
from collections.abc import Callable
from contextvars import ContextVar
from secrets import token_hex

from django.http import HttpRequest, HttpResponse

logger = logging.getLogger(__name__)

HEADER = "X-Request-ID"
SLOW_SECONDS = 1.0

request_id: ContextVar[str] = ContextVar("request_id", default="")


class RequestLogMiddleware:
    """The id is ours, not one that the visitor sent: two requests never share it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = request_id.set(token_hex(8))
        began_at = time.monotonic()
        try:
            response = self.get_response(request)
            response.headers[HEADER] = request_id.get()
            seconds = time.monotonic() - began_at
            if seconds > SLOW_SECONDS:
                about = {"request": request, "status_code": response.status_code}
                about["seconds"] = round(seconds, 1)
                logger.warning("slow: %.1f s for %s", seconds, request.path, extra=about)
            return response
        finally:
            request_id.reset(token)
