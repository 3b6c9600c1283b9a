"""What the shop shows to those who are not logged in yet, on the pages of accounts."""

from typing import Any
from urllib.parse import urlsplit

from django import template
from django.conf import settings
from django.urls import Resolver404, resolve

from shop.models import Product

register = template.Library()

SHOWN = 6


@register.inclusion_tag("shop/_window.html")
def shop_window(next_page: str) -> dict[str, Any]:
    """The product whose link led to the login, or else some of the shop's."""
    wanted = wanted_product(next_page)
    return {"wanted": wanted, "some": [] if wanted else some_products()}


def some_products() -> list[Product]:
    """The newest that have a picture, of a family one."""
    chosen: dict[int, Product] = {}
    for product in Product.objects.active().exclude(image="")[: 3 * SHOWN]:
        chosen.setdefault(product.family_id or -product.pk, product)
    return list(chosen.values())[:SHOWN]


@register.inclusion_tag("shop/_link_preview.html")
def link_preview(next_page: str) -> dict[str, Any]:
    """What a messenger shows of a product's link: it is led to the login like everybody."""
    product = wanted_product(next_page)
    image = product.image if product and product.image.is_stored else None
    return {
        "product": product,
        "url": settings.SITE_URL + next_page,
        "image": image,
        "image_url": image and absolute(image.url),
    }


def wanted_product(next_page: str) -> Product | None:
    """The active product of an address of this shop."""
    try:
        match = resolve(urlsplit(next_page or "/").path)
    except (Resolver404, ValueError):
        return None
    if match.view_name != "shop:product":
        return None
    return Product.objects.active().filter(slug=match.kwargs["slug"]).first()


def absolute(url: str) -> str:
    return url if url.startswith("https://") else settings.SITE_URL + url
