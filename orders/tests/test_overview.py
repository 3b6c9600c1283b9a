"""The first page of the admin: numbers that staff can trust, each with the list behind it."""

from datetime import UTC, date, datetime, timedelta
from io import StringIO
from uuid import uuid4

import pytest
import time_machine
from django.core.management import call_command
from django.utils import timezone

from orders import sales
from orders.chart import chart
from orders.models import Dispute, Order, Refund, Run, StripeEvent
from orders.overview import Tile, overview
from orders.refunds import refund
from orders.templatetags.orders import show_sales
from shop.models import Product
from stripe_simulator.testing import deliver_due, set_webhooks
from tests.pages import read, words

INDEX = "/admin/"
SVG = "{http://www.w3.org/2000/svg}"


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
    assert tile("30 days").note.startswith("2 orders, net of refunds")


def test_a_refund_counts_on_the_day_on_which_it_was_made(orders, tile):
    refund(orders[1], 1000, "requested_by_customer", uuid4())

    assert tile("Today").value == "$28.00"


def test_a_refund_that_failed_takes_nothing_off(orders, tile):
    refund(orders[0], 1000, "requested_by_customer", uuid4())
    Refund.objects.update(status=Refund.Status.FAILED)

    assert tile("Today").value == "$38.00"


@pytest.mark.parametrize(("status", "revenue"), [("lost", "$18.00"), ("won", "$38.00")])
def test_a_dispute_that_was_lost_counts_out(orders, tile, status, revenue):
    dispute(orders[0], status)

    assert tile("Today").value == revenue


def dispute(order: Order, status: str, due_by=None) -> Dispute:
    return Dispute.objects.create(
        order=order,
        stripe_dispute_id=f"du_{order.pk}",
        status=status,
        amount_cents=2000,
        due_by=due_by,
        created_at=timezone.now(),
    )


@time_machine.travel(datetime(2026, 5, 20, 15, 0, tzinfo=UTC), tick=False)
def test_a_period_is_compared_with_the_one_before(as_alice, mug, bowl, purchase, tile):
    def note(*, days: int, **earlier: int) -> str:
        moment = timezone.now() - timedelta(days=days, **earlier)
        Order.objects.filter(pk=before.pk).update(paid_at=moment)
        return tile("Today" if days == 1 else f"{days} days").note.partition("; ")[2]

    before = purchase(as_alice, bowl)
    purchase(as_alice, mug, 2)

    assert note(days=1) == "30% less than yesterday by this time"
    assert note(days=1, hours=-1) == "yesterday by this time: nothing"
    assert note(days=7) == "30% less than the 7 days before"
    assert note(days=30) == "30% less than the 30 days before"


def test_a_period_ends_with_today_and_begins_at_midnight(orders, tile):
    midnight = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    first = midnight - timedelta(days=6)
    Order.objects.filter(pk=orders[1].pk).update(paid_at=first)
    assert tile("7 days").value == "$92.50"

    Order.objects.filter(pk=orders[1].pk).update(paid_at=first - timedelta(seconds=1))
    assert tile("7 days").value == "$38.00"


def test_money_of_another_currency_is_not_added_up_but_told_apart(orders, tile):
    Order.objects.filter(pk=orders[1].pk).update(currency="jpy")

    assert tile("30 days").value == "$38.00"
    assert tile("30 days in JPY").value == "¥5,450"


def days(page) -> list[dict[str, str]]:
    return [row for row in read(page, ".sales").rows if row["Orders"] != "0"]


def test_each_day_has_its_bar_and_its_row(as_staff, orders):
    refund(orders[0], 1000, "requested_by_customer", uuid4())
    page = as_staff.get(INDEX)

    today, other = days(page)
    assert (today["Orders"], today["Sold"], today["Given back"], today["Kept"]) == (
        *("1", "$38.00", "$10.00", "$28.00"),
    )
    assert other["Kept"] == "$54.50"
    heights = [int(bar.get("height")) for bar in read(page, ".chart").all(f"{SVG}rect")]
    assert (len(heights), heights[-1], max(heights)) == (30, 160 * 2800 // 5450, 160)


@time_machine.travel(datetime(2026, 5, 20, 15, 0, tzinfo=UTC), tick=False)
def test_the_drawing_says_what_it_shows_and_its_bars_stand_side_by_side(as_staff, orders):
    for order, day in zip(orders, (20, 10), strict=True):
        Order.objects.filter(pk=order.pk).update(paid_at=datetime(2026, 5, day, tzinfo=UTC))
    sales = read(as_staff.get(INDEX), ".sales")
    (drawing,) = sales.find(".chart")
    *_, last = drawing.iter(f"{SVG}rect")
    (line,) = drawing.iter(f"{SVG}line")

    assert drawing.get("viewBox") == "0 0 720 160"
    assert drawing.get("aria-label") == "Sales a day, at most $54.50; the numbers are below."
    assert words(last[0]) == "May 20, 2026: $38.00"
    assert [last.get(name) for name in ("x", "y", "width", "height")] == ["699", "49", "18", "111"]
    assert [line.get(name) for name in ("x1", "x2", "y1", "y2")] == ["0", "720", "160", "160"]
    assert sales.part(".chart-ends").text == "April 21 Today"
    assert sales.rows[0]["Day"] == "May 20, 2026"
    assert sales.headings == ["Sales of the last 30 days", "Best sellers of 30 days"]


def test_a_day_on_which_more_went_back_stands_below_the_line():
    sold, lost = (sales.Day(date(2026, 5, 1), 1, *cents) for cents in ((3000, 0), (0, 1000)))
    drawn = chart([sold, lost])

    assert [(bar.y, bar.height) for bar in drawn.bars] == [(0, 120), (120, 40)]
    assert drawn.zero == 120


def test_best_sellers_are_what_was_bought_most_and_not_given_back(as_staff, mug, orders):
    best = read(as_staff.get(INDEX), ".best-sellers")
    assert best.items == ["Speckled mug 2 sold", "Walnut bowl 1 sold"]
    assert best.link("Speckled mug") == f"/admin/shop/product/{mug.pk}/change/"

    refund(orders[0], 3800, "requested_by_customer", uuid4())
    assert read(as_staff.get(INDEX), ".best-sellers").items == ["Walnut bowl 1 sold"]
    refund(orders[1], orders[1].total_cents, "requested_by_customer", uuid4())
    assert read(as_staff.get(INDEX), ".sales").headings == ["Sales of the last 30 days"]


def test_of_many_orders_the_best_sellers_are_those_of_the_latest(as_staff, orders, monkeypatch):
    monkeypatch.setattr(sales, "ORDERS_LOOKED_AT", 1)
    shown = read(as_staff.get(INDEX), ".sales")

    assert shown.headings[1] == "Best sellers of the latest 1 orders"
    assert shown.part(".best-sellers").items == ["Speckled mug 2 sold"]


def test_who_may_see_no_products_reads_the_best_sellers_without_links(as_clerk, orders):
    best = read(as_clerk("view_order", "view_turnover").get(INDEX), ".best-sellers")

    assert best.items == ["Speckled mug 2 sold", "Walnut bowl 1 sold"]
    assert best.links == []


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


def test_a_dispute_says_until_when_to_answer(as_staff, orders, tile):
    orders[1].disputed = True
    orders[1].save()
    dispute(orders[0], "under_review", datetime(2026, 5, 1, 12, 0, tzinfo=UTC))
    dispute(orders[1], "needs_response", datetime(2026, 5, 3, 12, 0, tzinfo=UTC))

    assert tile("Disputes").value == "2"
    assert tile("Disputes").note == "answer by May 3, 2026, noon"
    assert listed(as_staff, tile("Disputes"), "Number") == [orders[1].number]


@pytest.mark.parametrize("what", ["receipt", "parcel", "refund"])
def test_a_mail_that_was_not_sent_for_an_hour_leads_to_its_order(as_staff, orders, tile, what):
    (order, other), long_ago = orders, timezone.now() - timedelta(hours=2)
    this = Order.objects.filter(pk=order.pk)
    match what:
        case "receipt":
            this.update(receipt_sent_at=None, created_at=long_ago)
        case "parcel":
            this.update(parcel_mail_due_at=long_ago)
        case "refund":
            refund(order, 1000, "requested_by_customer", uuid4())
            Refund.objects.update(mail_due_at=long_ago)
    Order.objects.filter(pk=other.pk).update(receipt_sent_at=None, created_at=timezone.now())

    assert (tile("Mails not sent").value, tile("Mails not sent").is_urgent) == ("1", True)
    assert listed(as_staff, tile("Mails not sent"), "Number") == [order.number]


def test_the_reconciler_says_when_it_last_ran(db, tile):
    assert tile("Reconciler").value == "Never ran"

    call_command("reconcile_stripe", stdout=StringIO())
    assert (tile("Reconciler").value, tile("Reconciler").is_urgent) == ("0\xa0minutes ago", False)

    Run.objects.update(ended_at=timezone.now() - timedelta(hours=2))
    assert (tile("Reconciler").value, tile("Reconciler").is_urgent) == ("2\xa0hours ago", True)


def test_a_dry_run_of_the_reconciler_is_no_run(db, tile):
    call_command("reconcile_stripe", "--dry-run", stdout=StringIO())

    assert tile("Reconciler").value == "Never ran"


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
    ("permissions", "names"),
    [
        (["view_order"], ["To ship", "Needs review", "Disputes"]),
        (
            ["view_order", "view_turnover"],
            ["Today", "7 days", "30 days", "To ship", "Needs review", "Disputes"],
        ),
        (["view_turnover"], []),
        (["view_product"], ["Low on stock"]),
        (["view_stripeevent"], ["Webhook", "Reconciler"]),
        (["view_category"], []),
    ],
)
def test_staff_see_the_numbers_of_what_they_may_see(orders, permissions, names, as_clerk):
    page = as_clerk(*permissions).get(INDEX)

    assert [tile.name for tile in page.context["tiles"]] == names
    shown = read(page).part(".tiles").items if names else []
    assert len(shown) == len(names)
    noted = [tile.note for tile in page.context["tiles"] if tile.note]
    assert [words(note) for note in read(page).find(".tile-note")] == noted
    sees_turnover = "Today" in names
    assert ("$38.00" in read(page).text) is read(page).has(".sales") is sees_turnover
    assert read(page).has(".tiles") is bool(names)


def test_it_costs_the_same_queries_however_many_orders(
    rf, staff, orders, mug, django_assert_num_queries
):
    request = rf.get(INDEX)
    request.user = staff
    # Of orders, refunds and disputes what was earned; to ship, to review, disputes, late mails;
    # checkouts, products; the last event, those that failed, the orders without one; the last run.
    with django_assert_num_queries(13):
        overview(request)
    # Of orders, refunds and disputes each day's; the best sellers.
    with django_assert_num_queries(4):
        assert show_sales({"request": request})["best_sellers"]


def test_an_empty_shop_has_an_overview_too(db, tile):
    assert tile("Today").value == "$0.00"
    assert tile("Today").note == "0 orders, net of refunds; as much as yesterday by this time"
