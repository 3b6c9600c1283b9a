"""The whole purchase through Django's test client, on every way it can take."""

from urllib.parse import urlsplit

import pytest
from django.test import Client

from orders.models import Order
from shop.models import Checkout
from stripe_simulator.testing import DECLINED, NEEDS_CONFIRMATION, PAYS, deliver_due, set_webhooks

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
    assert "Speckled mug" in client.get("/home/").text

    stripe_page = buy(client, mug, 2)
    assert "38.00" in client.get(stripe_page).text
    back = pay(client, stripe_page)
    assert back.status_code == 303

    pages = [client.get(path(back.url)) for _ in range(4)]
    deliver_due()
    order = Order.objects.get()
    for page in pages:
        assert "Order received" in page.text
        assert order.number in page.text
        assert "$38.00" in page.text
    assert order.number in client.get("/orders/").text
    assert "Speckled mug" in client.get("/orders/").text
    assert order.number in as_staff.get("/admin/orders/order/", {"q": "carla"}).text


def test_a_declined_card_can_be_followed_by_one_that_pays(carla, mug):
    stripe_page = buy(carla, mug, 1)
    declined = pay(carla, stripe_page, DECLINED)

    assert declined.status_code == 200
    assert "declined" in declined.text
    assert not Order.objects.exists()

    assert "Order received" in carla.get(path(pay(carla, stripe_page).url)).text
    assert Order.objects.count() == 1


def test_a_card_that_asks_for_confirmation_pays_once_confirmed(carla, mug):
    confirm = path(pay(carla, buy(carla, mug, 1), NEEDS_CONFIRMATION).url)
    assert not Order.objects.exists()

    back = carla.post(confirm, {"outcome": "complete"})
    assert "Order received" in carla.get(path(back.url)).text


def test_a_purchase_that_was_cancelled_is_uncharged_and_can_be_taken_up_again(carla, mug):
    stripe_page = buy(carla, mug, 1)
    cancel = f"/home/?cancelled={Checkout.objects.get().pk}"
    assert cancel in carla.get(stripe_page).text

    assert "You have not been charged" in carla.get(cancel).text
    assert not Order.objects.exists()
    assert buy(carla, mug, 1) == stripe_page


def test_a_lost_way_back_is_repaired_by_the_webhook(carla, mug):
    closed_tab = pay(carla, buy(carla, mug, 1), action="pay_and_leave")

    assert closed_tab.status_code == 200
    assert Order.objects.get().number in carla.get("/orders/").text


def test_paying_later_is_honest_at_every_step(carla, mug, as_staff):
    back = path(pay(carla, buy(carla, mug, 1), action="pay_later").url)
    assert "on its way" in carla.get(back).text
    assert not Order.objects.exists()

    session_id = Checkout.objects.get().stripe_session_id
    carla.post(f"/stripe-simulator/sessions/{session_id}/settle/")
    assert "Order received" in carla.get(back).text


def test_paying_a_second_time_on_an_old_page_charges_once(carla, mug):
    stripe_page = buy(carla, mug, 1)
    pay(carla, stripe_page)
    again = pay(carla, stripe_page)
    deliver_due()

    assert again.status_code in (200, 303)
    assert Order.objects.count() == 1
