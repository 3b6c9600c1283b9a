"""The first page of the admin: numbers that staff can trust, each with the list behind it."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from orders.models import Order, StripeEvent
from orders.overview import Tile, overview
from orders.refunds import refund
from shop.models import Product
from stripe_simulator.testing import deliver_due, set_webhooks
from tests.pages import read, words

INDEX = "/admin/"


@pytest.fixture
def tile(as_staff):
    def find(name: str) -> Tile:
        return next(tile for tile in as_staff.get(INDEX).context["tiles"] if tile.name == name)

    return find


@pytest.fixture
def orders(as_alice, as_bob, mug, bowl, purchase) -> list[Order]:
    """Alice's mugs of today for $38.00 and Bob's bowl of 10 days ago for $54.50."""
    made = [purchase(as_alice, mug, 2), purchase(as_bob, bowl)]
    deliver_due()
    Order.objects.filter(pk=made[1].pk).update(paid_at=timezone.now() - timedelta(days=10))
    return made


def listed(client, tile: Tile, column: str) -> list[str]:
    """What stands in a column of the list that a tile leads to."""
    shown = read(client.get(INDEX), ".tiles")
    assert shown.link(" ".join(filter(None, (tile.name, tile.value, tile.note)))) == tile.url
    urgent = {link.get("href") for link in shown.find(".urgent")}
    assert (tile.url in urgent) is tile.is_urgent
    page = client.get(tile.url)
    assert page.status_code == 200
    return read(page).column(column)


def test_revenue_is_what_came_in_and_stayed(orders, tile):
    refund(orders[0], 1000, "requested_by_customer", uuid4())

    revenue = [tile(name).value for name in ("Today", "7 days", "30 days")]
    assert revenue == ["$28.00", "$28.00", "$82.50"]
    assert tile("30 days").note == "2 orders, net of refunds"


def test_a_period_ends_with_today_and_begins_at_midnight(orders, tile):
    midnight = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    first = midnight - timedelta(days=6)
    Order.objects.filter(pk=orders[1].pk).update(paid_at=first)
    assert tile("7 days").value == "$92.50"

    Order.objects.filter(pk=orders[1].pk).update(paid_at=first - timedelta(seconds=1))
    assert tile("7 days").value == "$38.00"


def test_money_of_another_currency_is_not_added_up(orders, tile):
    Order.objects.filter(pk=orders[1].pk).update(currency="jpy")

    assert tile("30 days").value == "$38.00"


@pytest.mark.parametrize(("name", "shown"), [("Today", [True, False]), ("30 days", [True, True])])
def test_revenue_leads_to_its_orders(as_staff, orders, tile, name, shown):
    numbers = listed(as_staff, tile(name), "Number")

    assert [order.number in numbers for order in orders] == shown


def test_what_needs_a_review_or_is_to_ship_leads_to_its_orders(as_staff, orders, tile):
    orders[0].ask_for_review("A difference.")
    Order.objects.filter(pk=orders[1].pk).update(shipping_address="1 High Street")

    for name, shown in (("Needs review", orders[0]), ("To ship", orders[1])):
        assert tile(name).value == "1"
        assert listed(as_staff, tile(name), "Number") == [shown.number]


def test_what_is_low_on_stock_leads_to_its_products(as_staff, mug, bowl, tile):
    Product.objects.filter(pk=mug.pk).update(stock=3)
    Product.objects.filter(pk=bowl.pk).update(stock=3, is_active=False)  # nobody waits for it

    assert tile("Low on stock").value == "1"
    assert listed(as_staff, tile("Low on stock"), "Name") == ["Speckled mug"]


def test_a_webhook_that_works_says_so(orders, tile):
    assert (tile("Webhook").value, tile("Webhook").is_urgent) == ("OK", False)


def test_a_webhook_that_never_came_says_so(tile):
    assert tile("Webhook").value == "No event yet"


def test_orders_whose_events_did_not_come_are_urgent(as_alice, mug, purchase, tile):
    set_webhooks("lost")
    purchase(as_alice, mug)

    assert (tile("Webhook").value, tile("Webhook").is_urgent) == ("1", True)


def test_events_that_failed_are_urgent_and_listed(as_staff, orders, tile):
    StripeEvent.objects.create(stripe_event_id="evt_failed", type="x", object_id="x", error="x")
    events = listed(as_staff, tile("Webhook"), "Error")

    assert (tile("Webhook").value, tile("Webhook").is_urgent) == ("1", True)
    assert "could not be handled" in tile("Webhook").note
    assert events == ["x"]


@pytest.mark.parametrize(
    ("permission", "names"),
    [
        ("view_order", ["Today", "7 days", "30 days", "To ship", "Needs review"]),
        ("view_product", ["Low on stock"]),
        ("view_stripeevent", ["Webhook"]),
        ("view_category", []),
    ],
)
def test_staff_see_the_numbers_of_what_they_may_see(orders, permission, names, as_clerk):
    page = as_clerk(permission).get(INDEX)

    assert [tile.name for tile in page.context["tiles"]] == names
    shown = read(page).part(".tiles").items if names else []
    assert len(shown) == len(names)
    noted = [tile.note for tile in page.context["tiles"] if tile.note]
    assert [words(note) for note in read(page).find(".tile-note")] == noted
    assert any("$38.00" in words for words in shown) is (permission == "view_order")
    assert read(page).has(".tiles") is bool(names)


def test_it_costs_six_queries_however_many_orders(
    rf, staff, orders, mug, django_assert_num_queries
):
    request = rf.get(INDEX)
    request.user = staff
    # Orders, checkouts, products, the last event, those that failed, the orders without one.
    with django_assert_num_queries(6):
        overview(request)


def test_an_empty_shop_has_an_overview_too(db, tile):
    assert tile("Today").value == "$0.00"
