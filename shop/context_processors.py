from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from shop.cart import cart_of


def about_the_shop() -> dict[str, Any]:
    """What every page shows whoever asks for it; error pages too, which know nothing else."""
    return {
        "shop_name": settings.SHOP_NAME,
        "contact_email": settings.CONTACT_EMAIL,
        "payments_simulated": settings.STRIPE_SIMULATED,
    }


def shop(request: HttpRequest) -> dict[str, Any]:
    """And what is the visitor's own: how many things are in the cart."""
    user = request.user
    # Asked for only by pages that show it.
    quantity = SimpleLazyObject(lambda: cart_of(user).quantity if user.is_authenticated else 0)
    return about_the_shop() | {"cart_quantity": quantity}
