"""The whole purchase through Django's test client, on every way it can take."""

from urllib.parse import urlsplit

import pytest
from django.test import Client

from orders.models import Order
from shop.models import Checkout
from stripe_simulator.testing import DECLINED, NEEDS_CONFIRMATION, PAYS, deliver_due, set_webhooks
from tests.pages import read

CARLA = {"username": "carla", "email": "carla@example.com", "password1": "a fine long secret"}


@pytest.fixture
def carla(client, db) -> Client:
    client.post("/accounts/register/", CARLA)
    return client


def path(url: str) -> str:
    """The address without the host: all of it is this one site, with simulated payments."""
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def buy(client: Client, product, quantity: int) -> str:
    response = client.post(f"/checkout/{product.pk}/", {"quantity": quantity})
    assert response.status_code == 303
    return path(response.url)


def pay(client: Client, page: str, card: str = PAYS, action: str = "pay"):
    fields = {"number": card, "expiry": "12/34", "cvc": "123", "name": "Carla"}
    return client.post(page, fields | {"action": action})


@pytest.mark.parametrize("webhooks", ["normal", "duplicate", "lost"])
def test_register_buy_pay_refresh_find_it_and_staff_find_it_too(client, mug, as_staff, webhooks):
    set_webhooks(webhooks)
    assert client.get("/").status_code == 200
    assert path(client.post("/accounts/register/", CARLA).url) == "/home/"
    assert read(client.get("/home/"), "article").headings == ["Speckled mug"]

    stripe_page = buy(client, mug, 2)
    assert "Pay $38.00" in read(client.get(stripe_page), "body").buttons
    back = pay(client, stripe_page)
    assert back.status_code == 303

    pages = [client.get(path(back.url)) for _ in range(4)]
    deliver_due()
    order = Order.objects.get()
    for page in pages:
        assert read(page).headings[0] == "Order received"
        assert read(page).part(".order-number").text == order.number
        assert read(page).facts == {"Total": "$38.00"}
    assert read(client.get("/orders/")).row(order.number)["Products"] == "2 × Speckled mug"
    found = read(as_staff.get("/admin/orders/order/", {"q": "carla"}))
    assert found.column("Number") == [order.number]


def test_a_declined_card_can_be_followed_by_one_that_pays(carla, mug):
    stripe_page = buy(carla, mug, 1)
    declined = pay(carla, stripe_page, DECLINED)

    assert declined.status_code == 200
    assert "declined" in read(declined, "body").notices[0]
    assert not Order.objects.exists()

    assert read(carla.get(path(pay(carla, stripe_page).url))).headings[0] == "Order received"
    assert Order.objects.count() == 1


def test_a_card_that_asks_for_confirmation_pays_once_confirmed(carla, mug):
    confirm = path(pay(carla, buy(carla, mug, 1), NEEDS_CONFIRMATION).url)
    assert not Order.objects.exists()

    back = carla.post(confirm, {"outcome": "complete"})
    assert read(carla.get(path(back.url))).headings[0] == "Order received"


def test_a_purchase_that_was_cancelled_is_uncharged_and_can_be_taken_up_again(carla, mug):
    stripe_page = buy(carla, mug, 1)
    cancel = f"/home/?cancelled={Checkout.objects.get().pk}"
    targets = read(carla.get(stripe_page), "body").targets
    assert any(target.endswith(cancel) for target in targets)

    assert read(carla.get(cancel)).notices[0].startswith("You have not been charged.")
    assert not Order.objects.exists()
    assert buy(carla, mug, 1) == stripe_page


def test_a_lost_way_back_is_repaired_by_the_webhook(carla, mug):
    closed_tab = pay(carla, buy(carla, mug, 1), action="pay_and_leave")

    assert closed_tab.status_code == 200
    assert read(carla.get("/orders/")).column("Order") == [Order.objects.get().number]


def test_paying_later_is_honest_at_every_step(carla, mug, as_staff):
    back = path(pay(carla, buy(carla, mug, 1), action="pay_later").url)
    assert read(carla.get(back)).headings == ["Your payment is on its way"]
    assert not Order.objects.exists()

    session_id = Checkout.objects.get().stripe_session_id
    carla.post(f"/stripe-simulator/sessions/{session_id}/settle/")
    assert read(carla.get(back)).headings[0] == "Order received"


def test_paying_a_second_time_on_an_old_page_charges_once(carla, mug):
    stripe_page = buy(carla, mug, 1)
    pay(carla, stripe_page)
    again = pay(carla, stripe_page)
    deliver_due()

    assert again.status_code in (200, 303)
    assert Order.objects.count() == 1
