from collections.abc import Callable

import pytest
from django.test import Client

from orders.models import Order
from orders.recording import record_order
from shop.models import Checkout, Product
from stripe_simulator.testing import pay, set_webhooks

Buy = Callable[..., Checkout]


@pytest.fixture
def buy() -> Buy:
    """Press Buy: the open checkout, with its session at Stripe."""

    def press(client: Client, product: Product, quantity: int = 1) -> Checkout:
        response = client.post(f"/checkout/{product.pk}/", {"quantity": quantity})
        assert response.status_code == 303
        return Checkout.objects.get(stripe_session_id=response.url.split("/")[-2])

    return press


@pytest.fixture
def purchase(buy: Buy) -> Callable[..., Order]:
    """Buy, pay, and record: the order."""

    def purchase(client: Client, product: Product, quantity: int = 1) -> Order:
        session_id = buy(client, product, quantity).stripe_session_id
        pay(session_id)
        order = record_order(session_id)
        assert order
        return order

    return purchase


@pytest.fixture
def paid(as_alice: Client, mug: Product, buy: Buy, own_world: None) -> Checkout:
    """Two mugs, in a session that is paid and of which nothing has been heard yet."""
    set_webhooks("lost")
    checkout = buy(as_alice, mug, 2)
    pay(checkout.stripe_session_id)
    return checkout
