"""A shopper's page in the admin, and what staff do there."""

import json
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from accounts.models import User
from orders.admin_customers import KEPT
from orders.models import Order
from orders.refunds import refund
from shop.models import CartItem, SavedProduct
from tests.pages import read, told


@pytest.fixture
def url(alice) -> str:
    return f"/admin/orders/order/customer/{alice.pk}/"


def test_the_page_says_what_was_bought_spent_and_put_off(as_staff, in_may, alice, bowl, url):
    order = in_may
    refund(order, 1000, "requested_by_customer", uuid4())
    CartItem.objects.create(user=alice, product=bowl, quantity=2, price_seen_cents=5450)
    SavedProduct.objects.create(user=alice, product=bowl)
    page = read(as_staff.get(url))

    assert page.row("USD") == {
        "Currency": "USD",
        "Orders": "1",
        "Paid": "$38.00",
        "Refunded": "$10.00",
        "Lost in disputes": "$0.00",
        "Kept": "$28.00",
    }
    assert page.row(order.number) == {
        "Number": order.number,
        "Paid": "May 3, 2026",
        "Status": "Partially refunded",
        "Amount": "$38.00",
    }
    assert page.link(order.number) == f"/admin/orders/order/{order.pk}/change/"
    assert "Has bought nothing yet." not in page.paragraphs
    assert page.headings[-4:] == ["Spent", "Orders", "In the cart", "Saved for later"]
    assert page.items[-2:] == ["2 × Walnut bowl", "Walnut bowl"]


def test_the_page_says_who_it_is_and_since_when(as_staff, alice, url):
    this = User.objects.filter(pk=alice.pk)
    this.update(first_name="Alice", last_name="Ames", date_joined=datetime(2026, 5, 1, tzinfo=UTC))
    page = read(as_staff.get(url))

    assert page.paragraphs == [
        "Alice Ames alice@example.com; here since May 1, 2026, never logged in.",
        "Has bought nothing yet.",
    ]
    assert page.rows == []
    this.update(is_active=False, last_login=datetime(2026, 5, 2, tzinfo=UTC))
    assert read(as_staff.get(url)).paragraphs[0] == (
        "Alice Ames alice@example.com, deactivated; here since May 1, 2026, "
        "last logged in on May 2, 2026."
    )


def test_the_page_offers_what_can_be_done(as_staff, alice, url):
    page = read(as_staff.get(url))
    assert (page.buttons, page.sent) == (
        {"Deactivate": f"{url}switch/", "Export personal data": f"{url}export/"},
        {"is_active": "false"},
    )
    assert page.link("Erase") == f"{url}erase/"

    User.objects.filter(pk=alice.pk).update(is_active=False)
    page = read(as_staff.get(url))
    assert (page.button("Activate"), page.sent) == (f"{url}switch/", {"is_active": "true"})


def test_of_many_orders_the_page_names_the_latest(
    as_staff, as_alice, order, bowl, purchase, url, monkeypatch
):
    monkeypatch.setattr("orders.admin_customers.LATEST", 1)
    latest = purchase(as_alice, bowl)
    page = read(as_staff.get(url))

    assert "Latest orders" in page.headings
    assert page.part("#content-main").column("Number") == [latest.number]


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


def test_who_may_see_no_orders_is_not_led_there(as_clerk, alice):
    page = read(as_clerk("view_user").get(f"/admin/accounts/user/{alice.pk}/change/"))

    assert "Orders and data" not in dict(page.links)


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
    assert asks.paragraphs[1] == KEPT
    assert asks.buttons == {"Erase alice": ""}
    assert asks.link("Do not erase") == url

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

    page = read(client.get(url))
    assert page.buttons == {}
    assert "Erase" not in dict(page.links)
    assert client.post(f"{url}{act}/").status_code == 403


@pytest.mark.parametrize("permission", ["view_user", "view_order"])
def test_the_page_is_for_whoever_may_see_users_and_orders(as_clerk, url, permission):
    assert as_clerk(permission).get(url).status_code == 403
