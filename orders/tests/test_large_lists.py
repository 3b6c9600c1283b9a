"""The lists of staff, where there are more rows than anybody looks through."""

from datetime import UTC, datetime

import pytest

from accounts import large_lists
from orders import overview, search
from orders.models import Order
from tests.pages import read

LIST = "/admin/orders/order/"


@pytest.fixture
def orders(as_alice, as_bob, mug, bowl, purchase) -> list[Order]:
    """Alice's mug of March 2025 and Bob's bowl of May 2026."""
    made = [purchase(as_alice, mug), purchase(as_bob, bowl)]
    days = (datetime(2025, 3, 9, 12, tzinfo=UTC), datetime(2026, 5, 3, 12, tzinfo=UTC))
    for order, day in zip(made, days, strict=True):
        Order.objects.filter(pk=order.pk).update(paid_at=day)
    return made


def test_a_list_counts_no_further_than_anybody_looks(as_staff, orders, monkeypatch):
    monkeypatch.setattr(large_lists, "MOST_LISTED", 1)

    page = read(as_staff.get(LIST))
    assert "More than 1 order" in page.part(".paginator").text
    # Nor does the row of actions: Django's says "0 of so many selected", with a link to all.
    shown = page.part(".action-counter")
    assert (shown.text, shown.element.get("data-actions-icnt")) == ("0 of 2 selected", "2")
    assert not page.has(".all")


def test_the_front_page_counts_no_further_than_anybody_needs(as_staff, orders, monkeypatch):
    Order.objects.update(shipping_address="1 Quay")
    monkeypatch.setattr(overview, "MOST_COUNTED", 1)

    tiles = {tile.name: tile.value for tile in as_staff.get("/admin/").context["tiles"]}
    assert tiles["To ship"] == "more than 1"


def test_days_are_found_by_year_month_and_day(as_staff, orders):
    said, url = [], ""
    for step in ("2025", "March 2025", "March 9"):
        page = read(as_staff.get(LIST + url))
        said.append([words for words, _ in page.part(".toplinks").links])
        url = page.part(".toplinks").link(step)

    assert said[0] == ["2025", "2026"]
    assert said[1][:3] == ["‹ All dates", "March 2025", "April 2025"]
    assert said[2][:2] == ["‹ 2025", "March 9"]
    assert read(as_staff.get(LIST + url)).column("Number") == [orders[0].number]


def test_a_whole_address_finds_its_orders_and_no_longer_one(as_staff, orders):
    Order.objects.filter(pk=orders[1].pk).update(user=None, email="malice@example.com")

    page = as_staff.get(LIST, {"q": "Alice@Example.com"})
    assert read(page).column("Number") == [orders[0].number]


def test_what_is_everywhere_finds_the_latest(as_staff, orders, monkeypatch):
    monkeypatch.setattr(search, "MOST_FOUND", 1)

    assert read(as_staff.get(LIST, {"q": "example"})).column("Number") == [orders[1].number]
