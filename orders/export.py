"""Orders for a spreadsheet, one row a line, that no cell can turn into a formula."""

import csv
import re
from collections.abc import Iterable, Iterator
from datetime import datetime

from django.http import HttpResponse
from django.utils.timezone import localtime

from orders.models import Order
from shop.money import to_decimal

COLUMNS = [
    "number",
    "paid_at",
    "status",
    "buyer",
    "email",
    "product",
    "quantity",
    "unit_price",
    "line_total",
    "order_subtotal",
    "order_discount",
    "order_shipping",
    "order_tax",
    "order_total",
    "order_refunded",
    "currency",
    "stripe_payment",
    "shipping_name",
    "shipping_address",
    "shipped_at",
    "delivery",
]


def csv_response(orders: Iterable[Order]) -> HttpResponse:
    response = HttpResponse(
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="orders.csv"'},
    )
    response.write("\ufeff")  # by which spreadsheets know UTF-8
    writer = csv.writer(response)
    writer.writerow(COLUMNS)
    for order in orders:
        writer.writerows([neutral(cell) for cell in row] for row in rows(order))
    return response


def rows(order: Order) -> Iterator[tuple[object, ...]]:
    def money(amount_cents: int) -> str:
        return str(to_decimal(amount_cents, order.currency))

    for line in order.lines.all():
        yield (
            order.number,
            as_typed(order.paid_at),
            order.status,
            order.user.username if order.user else "",
            order.email,
            line.product_name,
            line.quantity,
            money(line.unit_price_cents),
            money(line.total_cents),
            money(order.subtotal_cents),
            money(order.discount_cents),
            money(order.shipping_cents),
            money(order.tax_cents),
            money(order.total_cents),
            money(order.refunded_cents),
            order.currency,
            order.stripe_payment_intent_id or "",
            order.shipping_name,
            order.shipping_address,
            as_typed(order.shipped_at) if order.shipped_at else "",
            order.delivery_name,
        )


def as_typed(moment: datetime) -> str:
    """In the shop's zone, as any spreadsheet reads it."""
    return f"{localtime(moment):%Y-%m-%d %H:%M:%S}"


def neutral(cell: object) -> str:
    """A spreadsheet would run a cell that begins like a formula; OWASP, CSV injection."""
    text = str(cell)
    return f"'{text}" if re.match(r"[=+\-@\t\r\n]", text) else text
