from django import template
from django.conf import settings
from django.utils.html import format_html
from django.utils.safestring import SafeString

from shop.cards import Card
from shop.models import Product
from shop.money import format_money

register = template.Library()

# What is struck out, many screen readers read like the rest.
WAS = ' <s><span class="visually-hidden">Was </span>{}</s>'


@register.filter
def money(amount_cents: int, currency: str = "") -> str:
    """{{ product.current_price_cents|money }}, or {{ order.total_cents|money:order.currency }}."""
    return format_money(amount_cents, currency or settings.CURRENCY)


@register.filter
def price(product: Product | Card) -> str | SafeString:
    """{{ product|price }}: what it costs now and, in a sale, what it did before, struck out."""
    now = money(product.current_price_cents)
    if product.was_cents is None:
        return now
    return format_html("{}" + WAS, now, money(product.was_cents))
