from collections.abc import Iterable
from typing import Any

from django import template
from django.conf import settings
from django.utils.safestring import SafeString

from accounts.models import User
from orders import sales
from orders.chart import chart
from orders.models import Order
from orders.overview import may_see, may_see_turnover, overview
from orders.rows import OrderList, OrderRow
from orders.timeline import progress, timeline
from shop.models import Product
from shop.remembered import remembered

register = template.Library()

LATEST = 3


@register.inclusion_tag("orders/_latest.html")
def latest_orders(user: User) -> dict[str, Any]:
    """The shopper's latest purchases, for the home page."""
    return {"orders": OrderList(user).first(LATEST)}


@register.simple_tag
def rows(orders: Iterable[OrderRow]) -> SafeString:
    parts = [remembered("orders/_row.html", order=order) for order in orders]
    return SafeString("".join(parts))


@register.inclusion_tag("orders/_progress.html", name="progress")
def show_progress(order: Order) -> dict[str, Any]:
    return {"steps": progress(order)}


@register.inclusion_tag("orders/_timeline.html", name="timeline")
def show_timeline(order: Order) -> dict[str, Any]:
    return {"happenings": timeline(order)}


@register.inclusion_tag("orders/admin/_overview.html", name="overview", takes_context=True)
def show_overview(context: dict[str, Any]) -> dict[str, Any]:
    return {"tiles": overview(context["request"])}


@register.inclusion_tag("orders/admin/_sales.html", name="sales", takes_context=True)
def show_sales(context: dict[str, Any]) -> dict[str, Any]:
    """Of 30 days, for whoever may see what the shop earns."""
    request = context["request"]
    if not may_see_turnover(request):
        return {}
    days = sales.daily()
    return {
        "days": days,
        "chart": chart(days),
        "best_sellers": sales.best_sellers(),
        "most_looked_at": sales.ORDERS_LOOKED_AT,
        "orders": sum(day.orders for day in days),
        "currency": settings.CURRENCY,
        "may_see_products": may_see(request, Product),
    }
