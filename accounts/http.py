from django.http import HttpRequest

from accounts.models import User


class ShopperRequest(HttpRequest):
    """A request of someone who is logged in: what a view behind the login gets (for types)."""

    user: User
