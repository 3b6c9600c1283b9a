"""What comes from outside is made plain once, before anything else reads it."""

import re
from collections.abc import Callable, Iterable
from typing import Any

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.utils.http import parse_header_parameters

DECLARED = "declared-charset"
UTF_8 = ("utf-8", "utf8", "us-ascii", "ascii")
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
        return application(environ, start_response)

    return plain


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
