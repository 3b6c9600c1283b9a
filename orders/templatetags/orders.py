from typing import Any

from django import template

from accounts.models import User
from orders.models import Order

register = template.Library()

LATEST = 4


@register.inclusion_tag("orders/_latest.html")
def latest_orders(user: User) -> dict[str, Any]:
    """The shopper's latest purchases, for the home page."""
    return {"orders": Order.objects.for_user(user).prefetch_related("lines")[:LATEST]}
