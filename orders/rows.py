"""An order as lists of orders show it to their buyer."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import QuerySet
from django.urls import reverse

from accounts.models import User
from accounts.questions import counted, question
from orders.models import Order, OrderLine
from shop.fields import PictureFile
from shop.models import stored_picture

ORDERS_A_PAGE = 20
SHOWN_LINES = 2


class Line(NamedTuple):
    quantity: int
    name: str
    image_name: str | None = None

    @property
    def image(self) -> PictureFile:
        return stored_picture(self.image_name)


class OrderRow(NamedTuple):
    """All that a row shows, in plain values, as shop/remembered.py wants it.

    Its template reads it as it would read an order.
    """

    number: str
    paid_at: datetime
    lines: tuple[Line, ...]  # the first ones
    has_pictures: bool
    more_lines: int
    status: str
    total_cents: int
    refunded_cents: int
    kept_cents: int
    currency: str

    @classmethod
    def of(cls, order: Order, lines: Sequence[Line], *, has_pictures: bool) -> "OrderRow":
        return cls(
            number=order.number,
            paid_at=order.paid_at,
            lines=tuple(lines[:SHOWN_LINES]),
            has_pictures=has_pictures,
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


class OrderList:
    """The rows of a shopper's orders, the newest first; a paginator asks it for one page.

    With pictures only there: among the products they would make the page too heavy.
    """

    def __init__(self, user: User) -> None:
        self.user = user.pk

    def count(self) -> int:
        return number_of_orders(self.user)

    def __getitem__(self, part: slice) -> list[OrderRow]:
        """Of as many as a page has: the last one, too, asks for that many."""
        start = part.start or 0
        return self.rows(start, ORDERS_A_PAGE, with_pictures=True)[: part.stop - start]

    def first(self, number: int) -> list[OrderRow]:
        return self.rows(0, number, with_pictures=False)

    def rows(self, start: int, most: int, *, with_pictures: bool) -> list[OrderRow]:
        orders = orders_of(self.user, start=start, stop=start + most)
        lines = defaultdict(list)
        if orders:
            of_all = lines_of(tuple(order.pk for order in orders), with_pictures=with_pictures)
            for order, *line in of_all:
                lines[order].append(Line(*line))
        return [OrderRow.of(order, lines[order.pk], has_pictures=with_pictures) for order in orders]


@question
def orders_of(user: int, *, start: int, stop: int) -> "QuerySet[Order]":
    columns = ("number", "paid_at", "cancelled_at", "shipped_at", "refunded_cents", "total_cents")
    return Order.objects.filter(user=user).only(*columns, "currency")[start:stop]


@counted
def number_of_orders(user: int) -> "QuerySet[Order, Any]":
    return Order.objects.filter(user=user).order_by().values_list("pk")


@question
def lines_of(orders: tuple[int, ...], *, with_pictures: bool) -> "QuerySet[OrderLine, Any]":
    lines = OrderLine.objects.filter(order__pk__in=orders)
    pictures = ["product__image"] if with_pictures else []
    return lines.values_list("order", "quantity", "product_name", *pictures)
