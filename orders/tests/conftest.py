from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.test import Client

from orders.models import Order
from orders.recording import record_order
from shop.models import Checkout, Product
from stripe_simulator.testing import deliver_due, pay, set_webhooks

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
    """Buy, pay, and look: the order, whose event came too unless the test loses events."""

    def purchase(client: Client, product: Product, quantity: int = 1) -> Order:
        session_id = buy(client, product, quantity).stripe_session_id
        pay(session_id)
        deliver_due()
        order = record_order(session_id)
        assert order
        return order

    return purchase


@pytest.fixture
def order(as_alice: Client, mug: Product, purchase: Callable[..., Order]) -> Order:
    """Alice's two mugs for $38.00."""
    return purchase(as_alice, mug, 2)


@pytest.fixture
def in_may(order: Order) -> Order:
    """The same, paid on 3 May at half past nine."""
    Order.objects.update(paid_at=datetime(2026, 5, 3, 9, 30, tzinfo=UTC))
    order.refresh_from_db()
    return order


@pytest.fixture
def paid(as_alice: Client, mug: Product, buy: Buy, own_world: None) -> Checkout:
    """Two mugs, in a session that is paid and whose event was lost; later events come."""
    checkout = buy(as_alice, mug, 2)
    set_webhooks("lost")
    pay(checkout.stripe_session_id)
    set_webhooks("normal")
    return checkout
