"""Lines of the log: what happened where, with its traceback, and nothing about people."""

import logging
import re
import time
from copy import copy
from typing import Any

from django.conf import settings
from django.core.mail import mail_admins
from django.http import HttpRequest
from pythonjsonlogger.json import JsonFormatter

from config.request_log import request_id

# Parts of a path above this are tokens: secrets, some of which hold e-mail addresses.
LONGEST_PART = 30
STRIPES_SECRETS = re.compile(r"\b((?:sk|rk)_(?:live|test)|whsec)_\w+", re.ASCII)
SHORTEST_SECRET = 8  # characters; a shorter one is a word that stands everywhere
SECONDS_BETWEEN_MAILS = 60


class LineFormatter(logging.Formatter):
    """For people: adds the method of a request, and leaves addresses, tokens and secrets out.

    Databases and mail servers quote addresses in the words of their errors. Django names the path
    of a request without its query, which may hold anything.
    """

    def format(self, record: logging.LogRecord) -> str:
        request = getattr(record, "request", None)
        if not isinstance(request, HttpRequest):
            return plain(super().format(record))
        record = copy(record)
        record.msg, record.args = "%s (%s)", (record.getMessage(), request.method)
        return plain(super().format(record), request)


class JsonLineFormatter(JsonFormatter):
    """For machines: the same in one JSON object a line, and of which request it speaks."""

    def __init__(self) -> None:
        # Nothing else that a record carries goes into the line: a request holds people's data.
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def add_fields(
        self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]
    ) -> None:
        at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        log_data["time"] = f"{at}.{int(record.msecs):03}Z"
        log_data["level"] = record.levelname
        log_data["logger"] = record.name
        log_data["message"] = record.message
        log_data["request_id"] = getattr(record, "request_id", "") or request_id.get()
        request = getattr(record, "request", None)
        if isinstance(request, HttpRequest):
            log_data |= {"method": request.method, "path": request.path}
        else:
            request = None
        for name in ("status_code", "seconds"):
            if name in record.__dict__:
                log_data[name] = record.__dict__[name]
        if "exc_info" in message_dict:
            log_data["traceback"] = message_dict["exc_info"]
        for name, value in log_data.items():
            if isinstance(value, str):
                log_data[name] = plain(value, request)


class ErrorMailHandler(logging.Handler):
    """Mails errors to ADMINS, at most one a minute: a broken shop breaks for everybody at once.

    Django's own mails the whole request, with what people typed.
    """

    last_at = -float("inf")

    def emit(self, record: logging.LogRecord) -> None:
        now = time.monotonic()
        if not settings.ADMINS or now - self.last_at < SECONDS_BETWEEN_MAILS:
            return
        ErrorMailHandler.last_at = now
        text = self.format(record)
        subject = f"{record.levelname} {request_id.get()}: {text.partition(chr(10))[0][:200]}"
        try:
            mail_admins(" ".join(subject.split()), text, fail_silently=True)
        except Exception:  # the log must not fail what it tells of
            self.handleError(record)


def plain(text: str, request: HttpRequest | None = None) -> str:
    for part in request.path.split("/") if request else ():
        if len(part) > LONGEST_PART:
            text = text.replace(part, "...")
    return without_addresses(without_secrets(text))


def without_secrets(text: str) -> str:
    for secret in (settings.SECRET_KEY, settings.EMAIL_HOST_PASSWORD, database_password()):
        if len(secret) >= SHORTEST_SECRET:
            text = text.replace(secret, "<secret>")
    return STRIPES_SECRETS.sub(r"\1_<secret>", text)


def database_password() -> str:
    return str(settings.DATABASES["default"].get("PASSWORD") or "")


def without_addresses(text: str) -> str:
    return re.sub(r"[^\s'\"<>()=,;:@]{1,64}@[^\s'\"<>()=,;:@]+", "<address>", text)
