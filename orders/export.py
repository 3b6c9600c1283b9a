"""Orders, their lines, and the money that went back, for a spreadsheet: a table each.

One row an order and one row a refund, so that the sums of "total" and of "amount" are the money of
the period, as long as only rows of one currency are added up: the currency has a column of its own.
"""

from heapq import merge
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery, Sum
from django.http import StreamingHttpResponse

from orders.models import Dispute, Order, OrderLine, Refund
from shop.money import to_decimal
from shop.spreadsheet import Row, csv_response

# So many rows are in memory at once, however many are exported.
CHUNK = 1000

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
