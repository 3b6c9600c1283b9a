"""A shopper's page in the admin, and what staff do there."""

import json
from uuid import uuid4

import pytest

from accounts.models import User
from orders.models import Order
from orders.refunds import refund
from shop.models import CartItem, SavedProduct
from tests.pages import read, told


@pytest.fixture
def url(alice) -> str:
    return f"/admin/orders/order/customer/{alice.pk}/"


def test_the_page_says_what_was_bought_spent_and_put_off(as_staff, order, alice, bowl, url):
    refund(order, 1000, "requested_by_customer", uuid4())
    CartItem.objects.create(user=alice, product=bowl, quantity=2, price_seen_cents=5450)
    SavedProduct.objects.create(user=alice, product=bowl)
    page = read(as_staff.get(url))

    spent = page.row("USD")
    assert (spent["Orders"], spent["Paid"], spent["Refunded"], spent["Kept"]) == (
        *("1", "$38.00", "$10.00", "$28.00"),
    )
    assert page.row(order.number)["Status"] == "Partially refunded"
    assert page.link(order.number) == f"/admin/orders/order/{order.pk}/change/"
    assert page.headings[-2:] == ["In the cart", "Saved for later"]
    assert page.items[-2:] == ["2 × Walnut bowl", "Walnut bowl"]


def test_money_of_each_currency_is_added_up_by_itself(
    as_staff, as_alice, order, bowl, purchase, url
):
    other = purchase(as_alice, bowl)
    Order.objects.filter(pk=other.pk).update(currency="eur")

    page = read(as_staff.get(url))
    assert page.row("USD")["Paid"] == "$38.00"
    assert page.row("EUR")["Paid"] == "€54.50"


def test_the_users_page_leads_there(as_staff, alice, url):
    page = read(as_staff.get(f"/admin/accounts/user/{alice.pk}/change/"))

    assert page.link("Orders and data") == url


def test_an_account_is_deactivated_and_activated_by_a_button(as_staff, as_alice, alice, url):
    assert read(as_staff.get(url)).button("Deactivate") == f"{url}switch/"
    page = as_staff.post(f"{url}switch/", {"is_active": "false"}, follow=True)

    assert told(page) == ["The account alice can no longer log in."]
    assert as_alice.get("/orders/").status_code == 302
    page = as_staff.post(f"{url}switch/", {"is_active": "true"}, follow=True)
    assert told(page) == ["The account alice can log in."]


def test_nobody_deactivates_somebody_who_is_more(as_clerk, staff):
    client = as_clerk("view_user", "change_user", "view_order", "erase_person")
    his = f"/admin/orders/order/customer/{staff.pk}/"

    assert client.post(f"{his}switch/", {"is_active": "false"}).status_code == 403
    assert client.post(f"{his}erase/").status_code == 403
    assert "Deactivate" not in read(client.get(his)).buttons


def test_nobody_locks_himself_out(as_staff, staff):
    own = f"/admin/orders/order/customer/{staff.pk}/"

    assert as_staff.post(f"{own}switch/", {"is_active": "false"}).status_code == 403


def test_personal_data_come_as_a_file_and_that_is_written_down(as_clerk, order, url):
    client = as_clerk("view_user", "view_order", "export_person")
    answer = client.post(f"{url}export/")

    assert answer.headers["Content-Disposition"].startswith("attachment; ")
    assert json.loads(answer.content)["account"]["username"] == "alice"
    history = read(client.get(url.replace("orders/order/customer", "accounts/user") + "history/"))
    assert history.column("Action") == ["Personal data exported."]


def test_a_person_is_erased_after_a_page_that_says_what_stays(as_staff, order, alice, url):
    asks = read(as_staff.get(f"{url}erase/"))
    assert asks.headings == ["Erase alice", "What goes", "What stays, and why"]

    page = as_staff.post(f"{url}erase/", follow=True)
    assert told(page) == ["The person was erased."]
    assert not User.objects.filter(pk=alice.pk).exists()
    assert Order.objects.get().email == ""


def test_who_cannot_be_erased_yet_is_not_and_the_page_says_why(as_staff, order, alice, url):
    Order.objects.update(needs_review=True, review_reason="A difference.")

    assert read(as_staff.get(f"{url}erase/")).items == [f"Order {order} needs a review."]
    page = as_staff.post(f"{url}erase/", follow=True)
    assert told(page) == [f"Not erased. Order {order} needs a review."]
    assert User.objects.filter(pk=alice.pk).exists()


@pytest.mark.parametrize("act", ["export", "erase", "switch"])
def test_each_act_is_a_permission_of_its_own(as_clerk, order, url, act):
    client = as_clerk("view_user", "view_order")

    assert client.get(url).status_code == 200
    assert client.post(f"{url}{act}/").status_code == 403


@pytest.mark.parametrize("permission", ["view_user", "view_order"])
def test_the_page_is_for_whoever_may_see_users_and_orders(as_clerk, url, permission):
    assert as_clerk(permission).get(url).status_code == 403
