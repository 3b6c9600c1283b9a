from collections.abc import Callable

import pytest
from django.test import Client

from shop.models import Checkout, Product

Buy = Callable[..., Checkout]


@pytest.fixture
def buy() -> Buy:
    """Press Buy: the open checkout, with its session at Stripe."""

    def press(client: Client, product: Product, quantity: int = 1) -> Checkout:
        response = client.post(f"/checkout/{product.pk}/", {"quantity": quantity})
        assert response.status_code == 303
        return Checkout.objects.get(stripe_session_id=response.url.split("/")[-2])

    return press
