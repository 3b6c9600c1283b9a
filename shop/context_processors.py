from typing import Any

from django.conf import settings
from django.http import HttpRequest


def shop(request: HttpRequest) -> dict[str, Any]:
    """What every page shows: the shop's name, and whether payments are only simulated."""
    return {"shop_name": settings.SHOP_NAME, "payments_simulated": settings.STRIPE_SIMULATED}
