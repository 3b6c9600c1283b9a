"""What mails show of the shop; pages have it from shop/context_processors.py."""

from typing import Any

from django import template

from shop.models import Product, Shop
from shop.session_params import public_url

register = template.Library()

PICTURE_WIDTH = 56  # pixels, in a list of products


@register.simple_tag
def shop_name() -> str:
    """In one line, as the subject of a mail has to be."""
    return " ".join(str(Shop.load()).split())


@register.inclusion_tag("shop/_mail_picture.html")
def mail_picture(product: Product | None) -> dict[str, Any]:
    """Only from the shop's own address: a mail program loads it from there or not at all."""
    image = product.image if product else None
    if not image or not image.renditions:
        return {}
    width, height = max(image.renditions)
    return {
        "url": public_url(image.thumbnail_url),
        "width": PICTURE_WIDTH,
        "height": round(PICTURE_WIDTH * height / width),
    }
