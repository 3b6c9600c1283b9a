from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject, lazy

from shop.cart import cart_of
from shop.models import Shop, links_to_pages


def about_the_shop() -> dict[str, Any]:
    """What a page shows that must not ask the database, for that may be what failed."""
    return {
        "shop_name": settings.SHOP_NAME,
        "contact_email": settings.CONTACT_EMAIL,
        "payments_simulated": settings.STRIPE_SIMULATED,
    }


def shop(request: HttpRequest) -> dict[str, Any]:
    """What every other page shows, and what is the visitor's own: how much is in the cart.

    Each is asked for only by pages that show it.
    """
    shop = SimpleLazyObject(Shop.load)
    return about_the_shop() | {
        "shop": shop,
        "shop_name": SimpleLazyObject(lambda: str(shop)),
        "contact_email": SimpleLazyObject(lambda: shop.contact_email),
        "pages": SimpleLazyObject(links_to_pages),
        "cart_quantity": lazy_quantity(request),
    }


def quantity_in_cart(request: HttpRequest) -> int:
    return cart_of(request.user).quantity if request.user.is_authenticated else 0


lazy_quantity = lazy(quantity_in_cart, int)
