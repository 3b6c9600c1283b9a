"""An order as lists of orders show it to their buyer."""

from datetime import datetime
from typing import NamedTuple

from django.urls import reverse

from orders.models import Order

SHOWN_LINES = 2


class OrderRow(NamedTuple):
    """All that a row shows, in plain values, as shop/remembered.py wants it.

    Its template reads it as it would read an order.
    """

    number: str
    paid_at: datetime
    lines: tuple[tuple[int, str], ...]  # the first ones, by quantity and name
    more_lines: int
    status: str
    total_cents: int
    refunded_cents: int
    kept_cents: int
    currency: str

    @classmethod
    def of(cls, order: Order) -> "OrderRow":
        lines = order.lines.all()
        return cls(
            number=order.number,
            paid_at=order.paid_at,
            lines=tuple((line.quantity, line.product_name) for line in lines[:SHOWN_LINES]),
            more_lines=max(0, len(lines) - SHOWN_LINES),
            status=order.status,
            total_cents=order.total_cents,
            refunded_cents=order.refunded_cents,
            kept_cents=order.kept_cents,
            currency=order.currency,
        )

    @property
    def get_absolute_url(self) -> str:
        return reverse("orders:order", args=[self.number])
