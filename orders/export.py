"""Orders, their lines, and the money that went back, for a spreadsheet: a table each.

One row an order and one row a refund, so that the sums of "total" and of "amount" are the money of
the period, as long as only rows of one currency are added up.

No one way to write a number is read as one everywhere. Where people write 12.50, Excel wants it so,
and commas between the columns; where they write 12,50 it takes 12.50 for a date or for text, and
wants semicolons. So there are these two kinds of file and nothing else: whoever exports chooses,
and the shop's region is what is suggested. An amount is never more than digits and that one mark,
its currency has a column of its own, and dates are in the shop's zone and written as Excel
understands them in every language.

What is text stays text. A spreadsheet runs a cell that begins like a formula, and takes 00123, 2E5
and MAR2 for numbers and dates: such cells begin with an apostrophe.
See https://owasp.org/www-community/attacks/CSV_Injection
"""

import csv
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from heapq import merge
from typing import Any

from babel.numbers import get_decimal_symbol
from django.conf import settings
from django.db.models import OuterRef, QuerySet, Subquery, Sum
from django.http import StreamingHttpResponse
from django.utils.timezone import localtime
from django.utils.translation import to_locale

from orders.models import Dispute, Order, OrderLine, Refund
from shop.money import to_decimal

# So many rows are in memory at once, however many are exported.
CHUNK = 1000

POINT, COMMA = "point", "comma"
SEPARATORS = {POINT: ",", COMMA: ";"}

FORMULA = re.compile(r"^[=+\-@＝＋－＠\t\r\n]")
# Within a cell, too: a file of the other kind is cut at the other separator.
HIDDEN_FORMULA = re.compile(r"(?<=[,;\t\r\n])(?=[=+\-@＝＋－＠])")
MONTH = r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
NUMBER_OR_DATE = re.compile(
    rf"[\d\s.,:/%-]*\d[\d\s.,:/%-]*(e[+-]?\d+)?|\d*[\s./-]?{MONTH}[\s./-]?\d+|\d+[\s./-]?{MONTH}",
    re.IGNORECASE | re.ASCII,
)

Row = tuple[object, ...]

ORDER_COLUMNS = (
    *("number", "paid_at", "status", "buyer", "email", "quantity"),
    *("subtotal", "discount", "shipping", "tax", "total", "refunded", "lost_in_disputes"),
    *("currency", "stripe_payment", "shipping_name", "shipping_address"),
    *("shipped_at", "tracking_number", "delivery"),
)
LINE_COLUMNS = (
    *("number", "paid_at", "product", "quantity", "unit_price", "line_total", "currency"),
)
REFUND_COLUMNS = (
    *("made_at", "kind", "number", "paid_at", "amount", "currency", "reason", "status"),
    "stripe_id",
)


def suggested_kind() -> str:
    """As people write amounts where the shop is."""
    symbol = get_decimal_symbol(to_locale(settings.LANGUAGE_CODE))
    return COMMA if symbol == "," else POINT


def orders_csv(orders: QuerySet[Order], kind: str) -> StreamingHttpResponse:
    """One row an order, the oldest first."""
    lines = OrderLine.objects.filter(order=OuterRef("pk")).order_by().values("order")
    # Asked row by row: joined and grouped, a million orders would be sorted before the first.
    pieces = Subquery(lines.annotate(pieces=Sum("quantity")).values("pieces"))
    asked = orders.select_related("user").annotate(pieces=pieces)
    found = asked.order_by("paid_at", "pk").iterator(chunk_size=CHUNK)
    return csv_response("orders", ORDER_COLUMNS, map(order_row, found), kind)


def lines_csv(lines: QuerySet[OrderLine], kind: str) -> StreamingHttpResponse:
    """One row a line of an order, the oldest order first."""
    asked = lines.select_related("order").order_by("order__paid_at", "order", "pk")
    found = asked.iterator(chunk_size=CHUNK)
    return csv_response("order-lines", LINE_COLUMNS, map(line_row, found), kind)


def refunds_csv(
    refunds: QuerySet[Refund], disputes: QuerySet[Dispute], kind: str
) -> StreamingHttpResponse:
    """One row for each time that money went back, by a refund or by a dispute that was lost."""
    each = (
        asked.select_related("order").order_by("created_at", "pk").iterator(chunk_size=CHUNK)
        for asked in (refunds, disputes)
    )
    rows = merge(*(map(refund_row, found) for found in each), key=lambda row: row[0])
    return csv_response("refunds", REFUND_COLUMNS, rows, kind)


def order_row(order: Order) -> Row:
    amounts = (
        *(order.subtotal_cents, order.discount_cents, order.shipping_cents, order.tax_cents),
        *(order.total_cents, order.refunded_cents, order.lost_cents),
    )
    return (
        order.number,
        order.paid_at,
        order.status,
        order.user.username if order.user else "",
        order.email,
        order.pieces,  # type: ignore[attr-defined]  # of `orders_csv`
        *(to_decimal(amount, order.currency) for amount in amounts),
        order.currency,
        order.stripe_payment_intent_id,
        order.shipping_name,
        order.shipping_address,
        order.shipped_at,
        order.tracking_number,
        order.delivery_name,
    )


def line_row(line: OrderLine) -> Row:
    order = line.order
    return (
        order.number,
        order.paid_at,
        line.product_name,
        line.quantity,
        to_decimal(line.unit_price_cents, order.currency),
        to_decimal(line.total_cents, order.currency),
        order.currency,
    )


def refund_row(given: Refund | Dispute) -> tuple[Any, ...]:
    order = given.order
    if isinstance(given, Refund):
        kind, reason, stripe_id = "refund", given.get_reason_display(), given.stripe_refund_id
    else:
        kind, reason, stripe_id = "lost dispute", "", given.stripe_dispute_id
    return (
        given.created_at,
        kind,
        order.number,
        order.paid_at,
        to_decimal(given.amount_cents, order.currency),
        order.currency,
        reason,
        given.status,
        stripe_id,
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
    for row in rows:
        yield writer.writerow([as_typed(value, kind) for value in row])


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


def as_text(text: str) -> str:
    is_taken = FORMULA.match(text) or NUMBER_OR_DATE.fullmatch(text)
    return ("'" if is_taken else "") + HIDDEN_FORMULA.sub("'", text)
