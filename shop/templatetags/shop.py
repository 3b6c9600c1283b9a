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


@register.simple_tag
def mail_picture(product: Product | None) -> dict[str, Any]:
    """Address and size, if the shop has an address from which mail programs can load it."""
    image = product.image if product else None
    url = public_url(image.thumbnail_url) if image else ""
    if not image or not image.renditions or not url:
        return {}
    width, height = max(image.renditions)
    return {
        "url": url,
        "width": PICTURE_WIDTH,
        "height": round(PICTURE_WIDTH * height / width),
    }
