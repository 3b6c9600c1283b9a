import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import stripe
import time_machine

from stripe_simulator import delivery
from stripe_simulator.transport import SimulatorTransport

SUCCESS = "http://shop.test/success/?session_id={CHECKOUT_SESSION_ID}"
NOW = 1_800_000_000
CANCEL = "http://shop.test/cart/"


def line(name: str = "Mug", unit_amount: int = 1900, quantity: int = 2, currency: str = "usd"):
    return {
        "price_data": {
            "currency": currency,
            "unit_amount": unit_amount,
            "product_data": {"name": name},
        },
        "quantity": quantity,
    }


def way(name: str = "Post", amount: int = 500, currency: str = "usd"):
    """One way of shipping."""
    price = {"amount": amount, "currency": currency}
    data = {"display_name": name, "type": "fixed_amount", "fixed_amount": price}
    return {"shipping_rate_data": data}


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """A clock that stands still at NOW; ask for it before anything that looks at the time."""
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def api() -> stripe.StripeClient:
    return stripe.StripeClient(
        "sk_test_simulated", http_client=SimulatorTransport(), max_network_retries=2
    )


@pytest.fixture
def create(api) -> Callable[..., Any]:
    """Make a session, by default of $38.00, with parameters changed or added by name."""

    def create_session(options: dict[str, Any] | None = None, **changes: Any) -> Any:
        params = {
            "mode": "payment",
            "success_url": SUCCESS,
            "cancel_url": CANCEL,
            "customer_email": "alice@example.com",
            "line_items": [line()],
            "metadata": {"order": "7"},
            "payment_intent_data": {"metadata": {"order": "7"}},
        }
        return api.v1.checkout.sessions.create(params=params | changes, options=options or {})

    return create_session


@pytest.fixture
def session(create) -> Any:
    return create()


class Inbox(list[tuple[bytes, dict[str, str]]]):
    """What the shop's webhook was sent; `status` is what it answers."""

    status = 200

    def send(self, url: str, payload: bytes, headers: dict[str, str]) -> int:
        assert url == "http://127.0.0.1:8000/webhooks/stripe/"
        self.append((payload, headers))
        if not self.status:
            raise ConnectionRefusedError
        return self.status

    @property
    def types(self) -> list[str]:
        return [event["type"] for event in self.events]

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(payload) for payload, _ in self]


@pytest.fixture(autouse=True)
def inbox(monkeypatch: pytest.MonkeyPatch, settings) -> Inbox:
    settings.SITE_URL = "http://127.0.0.1:8000"
    inbox = Inbox()
    monkeypatch.setattr(delivery, "background", False)
    monkeypatch.setattr(delivery, "send", inbox.send)
    return inbox
