from collections.abc import Iterable

from django import template
from django.template import Context
from django.utils.safestring import SafeString

from shop.cards import Card
from shop.models import Product
from shop.remembered import remembered, with_token

register = template.Library()

A_ROW = 4


@register.simple_tag(takes_context=True)
def cards(context: Context, products: Iterable[Product], template_name: str) -> SafeString:
    """A card for each: {% cards page "shop/_card.html" %}.

    The pictures of the first row load at once, the rest when they come near.
    """
    parts = [
        remembered(
            template_name,
            product=Card.of(product),
            is_first=place == 0,
            is_far=place >= A_ROW,
        )
        for place, product in enumerate(products)
    ]
    return with_token(context["request"], "".join(parts))
