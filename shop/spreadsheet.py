"""Tables for a spreadsheet: what every file says that the shop gives out, and how it is read again.

No one way to write a number is read as one everywhere. Where people write 12.50, Excel wants it so,
and commas between the columns; where they write 12,50 it takes 12.50 for a date or for text, and
wants semicolons. So there are these two kinds of file and nothing else: whoever exports chooses,
and the shop's region is what is suggested. An amount is never more than digits and that one mark,
and dates are in the shop's zone and written as Excel understands them in every language.

What is text stays text. A spreadsheet runs a cell that begins like a formula, and takes 00123, 2E5
and MAR2 for numbers and dates: such cells begin with an apostrophe, which `as_meant` takes off.
See https://owasp.org/www-community/attacks/CSV_Injection
"""

import csv
import re
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from decimal import Decimal
from typing import Any

from babel.numbers import get_decimal_symbol
from django import forms
from django.conf import settings
from django.db import connection, transaction
from django.http import StreamingHttpResponse
from django.utils.timezone import localtime
from django.utils.translation import to_locale

POINT, COMMA = "point", "comma"
SEPARATORS = {POINT: ",", COMMA: ";"}

FORMULA = re.compile(r"^[=+\-@＝＋－＠\t\r\n]")
# Within a cell, too: a file of the other kind is cut at the other separator.
HIDDEN_FORMULA = re.compile(r"(?<=[,;\t\r\n])(?='*[=+\-@＝＋－＠])")
GUARDED_FORMULA = re.compile(r"(?<=[,;\t\r\n])'(?='*[=+\-@＝＋－＠])")
MONTH = r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
NUMBER_OR_DATE = re.compile(
    rf"[\d\s.,:/%-]*\d[\d\s.,:/%-]*(e[+-]?\d+)?|\d*[\s./-]?{MONTH}[\s./-]?\d+|\d+[\s./-]?{MONTH}",
    re.IGNORECASE | re.ASCII,
)

Row = tuple[object, ...]


def suggested_kind() -> str:
    """As people write amounts where the shop is."""
    symbol = get_decimal_symbol(to_locale(settings.LANGUAGE_CODE))
    return COMMA if symbol == "," else POINT


class KindField(forms.ChoiceField):
    """Which of the two kinds of file."""

    def __init__(self, label: str) -> None:
        super().__init__(
            label=label,
            choices={
                POINT: "12.50, with commas between the columns",
                COMMA: "12,50, with semicolons between the columns",
            },
            widget=forms.RadioSelect,
            initial=suggested_kind,
            help_text="Choose what your spreadsheet reads: a German one, for one, wants 12,50.",
        )


class Echo:
    """A file that gives back what is written to it: csv.writer has no other way to one line."""

    def write(self, text: str) -> str:
        return text


def csv_response(name: str, columns: Row, rows: Iterable[Row], kind: str) -> StreamingHttpResponse:
    return StreamingHttpResponse(
        written(columns, rows, kind),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )


def written(columns: Row, rows: Iterable[Row], kind: str) -> Iterator[str]:
    writer = csv.writer(Echo(), delimiter=SEPARATORS[kind])
    yield "\ufeff" + writer.writerow(columns)  # by which spreadsheets know UTF-8
    with one_connection():
        for row in rows:
            yield writer.writerow([as_typed(value, kind) for value in row])


def one_connection() -> AbstractContextManager[Any]:
    """PostgreSQL gives the rows of a long answer out by and by, over the connection that asked, and
    PgBouncer keeps that for one transaction. In SQLite a transaction would keep all others from
    writing while somebody downloads."""
    return transaction.atomic() if connection.vendor == "postgresql" else nullcontext()


def as_typed(value: object, kind: str) -> str:
    """What somebody would type into a spreadsheet to have just this in the cell."""
    match value:
        case None:
            return ""
        case Decimal():
            return f"{value:f}".replace(".", "," if kind == COMMA else ".")
        case int():
            return str(value)
        case datetime():
            return f"{localtime(value):%Y-%m-%d %H:%M:%S}"
    return as_text(str(value))


def is_taken(text: str) -> bool:
    """Whether a spreadsheet takes it for something else than text."""
    return bool(FORMULA.match(text) or NUMBER_OR_DATE.fullmatch(text))


def as_text(text: str) -> str:
    return ("'" if is_taken(text.lstrip("'")) else "") + HIDDEN_FORMULA.sub("'", text)


def as_meant(cell: str) -> str:
    """What `as_text` made it from."""
    text = GUARDED_FORMULA.sub("", cell)
    return text[1:] if text.startswith("'") and is_taken(text.lstrip("'")) else text
