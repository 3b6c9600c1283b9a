"""Each date is told as the clock of the shop tells it."""

import csv
import io
from datetime import UTC, datetime

import pytest

from orders.export import orders_csv
from orders.mails import receipt
from orders.models import Order
from shop.spreadsheet import POINT
from tests.pages import read

pytestmark = pytest.mark.django_db


@pytest.fixture
def at_night(order, settings) -> Order:
    """Paid late on 3 May in Greenwich; in Oslo it is the fourth already."""
    settings.TIME_ZONE = "Europe/Oslo"
    moment = datetime(2026, 5, 3, 22, 30, 15, 123456, tzinfo=UTC)
    Order.objects.update(paid_at=moment, shipped_at=moment)
    order.refresh_from_db()
    return order


def test_an_orders_page_tells_it_in_the_shops_zone_and_in_whole_minutes(as_alice, at_night):
    page = read(as_alice.get(at_night.get_absolute_url()))
    story = page.part(".timeline")

    assert page.part(".progress-line").items == ["Paid May 4, 2026", "Shipped May 4, 2026"]
    assert story.items[0].startswith("May 4, 2026, 12:30 a.m. Paid")
    assert story.all("time")[0].get("datetime") == "2026-05-04T00:30+0200"


def test_my_orders_and_the_receipt_tell_it_in_the_shops_zone(as_alice, at_night):
    listed = read(as_alice.get("/orders/")).rows[0]
    printed = read(as_alice.get(f"{at_night.get_absolute_url()}receipt/"))

    assert listed["Date"] == printed.facts["Paid"] == "May 4, 2026"


def test_the_mail_tells_it_in_the_shops_zone(at_night):
    assert f"Order {at_night.number}, paid on May 4, 2026" in receipt(at_night).body.splitlines()


def test_a_spreadsheet_gets_it_in_the_shops_zone_as_it_reads_dates(at_night):
    sheet = orders_csv(Order.objects.all(), POINT).getvalue().decode().removeprefix("\ufeff")
    row = next(csv.DictReader(io.StringIO(sheet)))

    assert (row["paid_at"], row["shipped_at"]) == ("2026-05-04 00:30:15",) * 2
