"""What stands around each page: see shop/remembered.py for why it is told every value."""

from typing import NamedTuple

from django import template
from django.template import Context
from django.utils.safestring import SafeString

from shop.remembered import remembered, with_token

register = template.Library()


class Drawing(NamedTuple):
    url: str
    width: int
    height: int


@register.simple_tag
def styles() -> SafeString:
    return SafeString(remembered("_styles.html"))


@register.simple_tag(takes_context=True)
def site_header(context: Context) -> SafeString:
    request = context["request"]
    is_logged_in = context["user"].is_authenticated
    catalogue = context.get("catalogue")
    header = remembered(
        "_header.html",
        shop_name=str(context["shop_name"]),
        wordmark=wordmark_of(context),
        payments_simulated=context["payments_simulated"],
        is_logged_in=is_logged_in,
        here=request.resolver_match.view_name if request.resolver_match else "",
        words=catalogue.cleaned_data.get("q", "") if catalogue else "",
        cart_quantity=int(context["cart_quantity"]) if is_logged_in else 0,
    )
    return with_token(request, header)


def wordmark_of(context: Context) -> Drawing | None:
    """None where the shop has its name in letters, and on a page that does not ask whose it is."""
    wordmark = context["shop"].wordmark if context.get("shop") else None
    if not wordmark or not wordmark.is_stored or not wordmark.renditions:
        return None
    return Drawing(wordmark.url, *max(wordmark.renditions))


@register.simple_tag(takes_context=True)
def site_footer(context: Context) -> SafeString:
    """On a page for errors, which asks the database nothing, with the little that is known."""
    user, shop = context.get("user"), context.get("shop")
    footer = remembered(
        "_footer.html",
        shop_name=str(context.get("shop_name", "")),
        wordmark=wordmark_of(context),
        contact_email=str(context.get("contact_email", "")),
        legal_name=shop.legal_name if shop else "",
        address=shop.address if shop else "",
        phone=shop.phone if shop else "",
        phone_digits=shop.phone_digits if shop else "",
        is_logged_in=bool(user and user.is_authenticated),
        is_staff=bool(user and user.is_staff),
        pages=tuple(context.get("pages") or ()),
    )
    return SafeString(footer)
