from django import template
from django.conf import settings

from shop.money import format_money

register = template.Library()


@register.filter
def money(amount_cents: int, currency: str = "") -> str:
    """{{ product.price_cents|money }}, or {{ order.total_cents|money:order.currency }}."""
    return format_money(amount_cents, currency or settings.CURRENCY)
