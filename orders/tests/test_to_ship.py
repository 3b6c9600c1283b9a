"""What should be packed, the oldest first, and what should not."""

from datetime import timedelta

import pytest
from django.utils import timezone

from orders.models import Order
from tests.pages import Part, read

LIST = "/admin/orders/order/"


@pytest.fixture
def order(order) -> Order:
    Order.objects.update(
        shipping_name="Alice Ames",
        shipping_address="1 High Street\n5003 Bergen\nNO",
        delivery_name="Standard",
    )
    order.refresh_from_db()
    return order


def to_ship(client) -> Part:
    return read(client.get(LIST, {"status": "to_ship"}))


def test_who_packs_reads_to_whom_what_and_since_when(as_staff, order):
    Order.objects.update(paid_at=timezone.now() - timedelta(days=3))
    row = to_ship(as_staff).row(order.number)

    del row[""]  # where it is selected
    assert row == {
        "Number": order.number,
        "Name": "Alice Ames",
        "Address": "1 High Street, 5003 Bergen, NO",
        "Products": "2 × Speckled mug",
        "Delivery": "Standard",
        "Waiting": "3 days",
    }


@pytest.mark.parametrize(("days", "words"), [(0, "since today"), (1, "1 day")])
def test_a_short_wait_is_said_in_words(as_staff, order, days, words):
    Order.objects.update(paid_at=timezone.now() - timedelta(days=days))

    assert to_ship(as_staff).row(order.number)["Waiting"] == words


def test_who_waits_longest_comes_first(as_staff, as_bob, order, mug, purchase):
    older = purchase(as_bob, mug)
    Order.objects.filter(pk=older.pk).update(
        shipping_address="2 High Street", paid_at=timezone.now() - timedelta(days=1)
    )

    assert to_ship(as_staff).column("Number") == [older.number, order.number]


@pytest.mark.parametrize(
    ("what", "list_of_its_own"),
    [
        ({"disputed": True}, "disputed"),
        ({"needs_review": True, "review_reason": "x"}, "needs_review"),
        ({"shipping_address": ""}, ""),
    ],
)
def test_what_is_not_to_be_packed_is_on_another_list(as_staff, order, what, list_of_its_own):
    Order.objects.update(**what)

    assert to_ship(as_staff).column("Number") == []
    other = read(as_staff.get(LIST, {"status": list_of_its_own}))
    assert other.column("Number") == [order.number]


def test_each_list_of_orders_leads_to_the_work(as_staff, order):
    lists = read(as_staff.get(LIST, {"status": "disputed"})).part(".work-lists")

    assert [name for name, _ in lists.links] == ["To ship", "Needs review", "Disputed"]
    (current,) = [link for link in lists.all("a") if link.get("aria-current")]
    assert current.get("href") == "?status=disputed"
