from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from shop.cart import cart_of


def shop(request: HttpRequest) -> dict[str, Any]:
    """What every page shows: the shop's name, whether payments are simulated, the cart's count."""
    user = request.user
    return {
        "shop_name": settings.SHOP_NAME,
        "payments_simulated": settings.STRIPE_SIMULATED,
        # Asked for only by pages that show it.
        "cart_quantity": SimpleLazyObject(
            lambda: cart_of(user).quantity if user.is_authenticated else 0
        ),
    }
