"""What comes from outside is made plain once, before anything else reads it."""

import re
from collections.abc import Callable, Iterable
from typing import Any

from django.core.exceptions import BadRequest
from django.core.handlers.wsgi import LimitedStream
from django.http import HttpRequest, HttpResponse
from django.utils.http import parse_header_parameters

DECLARED = "declared-charset"
UTF_8 = ("utf-8", "utf8", "us-ascii", "ascii")
LONGEST_BODY = 16 * 1024 * 1024  # a picture may have 10 MB
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


def plain_content_type(text: str) -> str:
    """A Content-Type that Django can read; the charset goes by another name.

    Django reads it, and with a charset the whole address, before it can turn an error into an
    answer; and it would decode with any codec Python knows, of which some are not for text.
    """
    text = re.sub("charset", DECLARED, text, flags=re.IGNORECASE)
    try:
        parse_header_parameters(text)
    except (ValueError, LookupError):
        return ""
    return text


def with_plain_headers(application: Callable[..., Iterable[bytes]]) -> Callable[..., Any]:
    """The same WSGI application, given only headers that it can read."""

    def plain(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        environ["CONTENT_TYPE"] = plain_content_type(environ.get("CONTENT_TYPE") or "")
        # Django reads the body of what has no length in figures as empty, or fails at it.
        if not re.fullmatch(r"[0-9]{1,18}", environ.get("CONTENT_LENGTH") or ""):
            environ["CONTENT_LENGTH"] = ""
        length = int(environ["CONTENT_LENGTH"] or 0)
        body = environ["wsgi.input"] = LimitedStream(environ["wsgi.input"], length)
        answer = application(environ, start_response)
        read_to_the_end(body, length)
        return answer

    return plain


def read_to_the_end(body: LimitedStream, length: int) -> None:
    """Read what nobody read: a server that closes the connection before that cuts it, and whoever
    sends gets no answer. What is longer than any form is not worth the time."""
    if length <= LONGEST_BODY:
        while body.read(64 * 1024):
            pass


class PlainRequestMiddleware:
    """Text is UTF-8, as on our pages, and no cookie holds a NUL, which PostgreSQL refuses."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        params = request.content_params or {}
        declared = params.get(DECLARED) or params.get("charset") or "utf-8"
        if declared.lower() not in UTF_8:
            if request.method == "POST" and request.content_type in FORMS:
                raise BadRequest("A form that is not UTF-8")
            request.encoding = "utf-8"  # the address is, whatever is said of the body
        # A quoted cookie may hold one, written as an octal number.
        for name in [name for name, value in request.COOKIES.items() if "\0" in name + value]:
            del request.COOKIES[name]
        return self.get_response(request)
