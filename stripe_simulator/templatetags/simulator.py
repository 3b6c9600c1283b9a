from django import template

from stripe_simulator import money

register = template.Library()


@register.filter
def amount(minor_units: int, currency: str) -> str:
    """`{{ session.amount_total|amount:session.currency }}` gives $38.00."""
    return money.show(minor_units, currency)
