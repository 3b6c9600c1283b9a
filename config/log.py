"""Lines of the log: what happened where, with its traceback, and nothing about people."""

import logging
import re
from copy import copy

from django.http import HttpRequest

# Parts of a path above this are tokens: secrets, some of which hold e-mail addresses.
LONGEST_PART = 30


class LineFormatter(logging.Formatter):
    """Adds the method of a request, and leaves e-mail addresses and tokens out.

    Databases and mail servers quote addresses in the words of their errors. Django names the path
    of a request without its query, which may hold anything.
    """

    def format(self, record: logging.LogRecord) -> str:
        request = getattr(record, "request", None)
        if not isinstance(request, HttpRequest):
            return without_addresses(super().format(record))
        record = copy(record)
        record.msg, record.args = "%s (%s)", (record.getMessage(), request.method)
        text = super().format(record)
        for part in request.path.split("/"):
            if len(part) > LONGEST_PART:
                text = text.replace(part, "...")
        return without_addresses(text)


def without_addresses(text: str) -> str:
    return re.sub(r"[^\s'\"<>()=,;:@]{1,64}@[^\s'\"<>()=,;:@]+", "<address>", text)
