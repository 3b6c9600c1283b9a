"""The list that who packs works from: what to send, to whom, and since when it waits."""

from typing import Any

from django.contrib import admin
from django.utils import timezone

from orders.models import Order


@admin.display(description="name")
def recipient(order: Order) -> str:
    return order.shipping_name or "–"


@admin.display(description="address")
def place(order: Order) -> str:
    return ", ".join(filter(None, map(str.strip, order.shipping_address.splitlines())))


@admin.display(description="products")
def contents(order: Order) -> str:
    return ", ".join(map(str, order.lines.all()))


@admin.display(description="waiting", ordering="paid_at")
def waiting(order: Order) -> str:
    """In the shop's days: what was paid late last night waits for a day."""
    days = (timezone.localdate() - timezone.localdate(order.paid_at)).days
    return f"{days} {'day' if days == 1 else 'days'}" if days > 0 else "since today"


COLUMNS: tuple[Any, ...] = ("number", recipient, place, contents, "delivery", waiting)
OLDEST_FIRST = ("paid_at", "pk")


def why_not(order: Order) -> str:
    """Why it is not to be packed now, in words for staff; empty where it is."""
    if order.shipped_at:
        number = f" with {order.tracking_number}" if order.tracking_number else ""
        return f"It is on its way already{number}."
    if order.cancelled_at:
        return "It was cancelled."
    if order.needs_review:
        return "It needs review first."
    if order.disputed:
        return "The payment is disputed."
    if order.is_refunded:
        return "The money went back."
    return "" if order.shipping_address else "It has no address."
