from collections.abc import Hashable, Iterable
from typing import Any

from django import template
from django.template import Context
from django.utils.safestring import SafeString

from shop import remembered
from shop.cards import Card
from shop.pagination import PageLinks

register = template.Library()

A_ROW = 4


@register.simple_tag(takes_context=True)
def cards(context: Context, products: Iterable[Card], template_name: str) -> SafeString:
    """A card for each: {% cards page "shop/_card.html" %}.

    The pictures of the first row load at once, the rest when they come near.
    """
    parts = [
        remembered.remembered(
            template_name,
            product=product,
            is_first=place == 0,
            is_far=place >= A_ROW,
        )
        for place, product in enumerate(products)
    ]
    return remembered.with_token(context["request"], "".join(parts))


@register.simple_tag(takes_context=True, name="remembered")
def show_remembered(context: Context, template_name: str, **values: Hashable) -> SafeString:
    """{% remembered "shop/_covers.html" covers=covers %}: as include with these values only, which
    shop/remembered.py renders once."""
    html = remembered.remembered(template_name, **values)
    return remembered.with_token(context["request"], html)


@register.simple_tag(takes_context=True)
def pagination(context: Context, page: Any, noun: str) -> SafeString:
    """The links to the pages of a list, with the rest of the address as it is."""
    query = context["request"].GET.copy()
    for name in ("page", "cancelled"):
        query.pop(name, None)
    paginator = page.paginator
    has_more = getattr(paginator, "has_more", False)
    links = PageLinks(page.number, paginator.num_pages, paginator.count, has_more)
    values = {"page": links, "query": f"{query.urlencode()}&" if query else "", "noun": noun}
    return SafeString(remembered.remembered("shop/_pagination.html", **values))
