"""Orders, lines and refunds for a spreadsheet: the money of a period, row by row."""

import csv
import io
from datetime import UTC, datetime
from decimal import Decimal
from uuid import uuid4

import pytest
from django.contrib.admin.models import LogEntry
from django.utils import timezone

from orders import export
from orders.export import orders_csv
from orders.models import Dispute, Order, Refund
from orders.refunds import refund
from shop.spreadsheet import COMMA, POINT, as_text, as_typed
from tests.pages import read

LIST = "/admin/orders/order/"
PAGE = f"{LIST}export/"
MAY = {"first": "2026-05-01", "last": "2026-05-31"}
IN_MAY = datetime(2026, 5, 3, 9, 30, tzinfo=UTC)
IN_JUNE = datetime(2026, 6, 1, 9, 30, tzinfo=UTC)


def rows(response, delimiter=",") -> list[dict[str, str]]:
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    text = response.getvalue().decode().removeprefix("\ufeff")
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter))


def download(client, table, kind=POINT, **days):
    return client.post(PAGE, {"table": table, "kind": kind} | MAY | days)


@pytest.fixture
def two_products(as_alice, mug, bowl, in_may) -> Order:
    in_may.lines.create(product=bowl, product_name="Walnut bowl", unit_price_cents=5450, quantity=1)
    return in_may


def test_an_order_is_one_row_whatever_is_in_it(as_staff, two_products):
    (row,) = rows(download(as_staff, "orders"))

    assert (row["number"], row["buyer"], row["quantity"]) == (two_products.number, "alice", "3")
    assert (row["subtotal"], row["total"], row["currency"]) == ("38.00", "38.00", "usd")


def test_what_was_bought_is_a_row_a_line(as_staff, two_products):
    mugs, bowl = rows(download(as_staff, "lines"))

    assert (mugs["product"], mugs["unit_price"], mugs["line_total"]) == (
        *("Speckled mug", "19.00", "38.00"),
    )
    assert (bowl["number"], bowl["line_total"]) == (two_products.number, "54.50")


def test_money_that_went_back_is_a_row_each_of_the_day_on_which_it_went(as_staff, in_may):
    for cents in (500, 700, 900):
        refund(in_may, cents, "requested_by_customer", uuid4())
    Refund.objects.update(created_at=IN_MAY)
    Refund.objects.filter(amount_cents=500).update(created_at=IN_JUNE)
    Refund.objects.filter(amount_cents=900).update(status=Refund.Status.FAILED)
    for number, status in enumerate(("lost", "won")):
        Dispute.objects.create(
            order=in_may,
            stripe_dispute_id=f"du_{number}",
            status=status,
            amount_cents=1000,
            created_at=IN_MAY,
        )

    money_back = rows(download(as_staff, "refunds"))

    assert {(row["kind"], row["amount"]) for row in money_back} == {
        *(("refund", "7.00"), ("lost dispute", "10.00")),
    }


def test_the_first_and_the_last_day_belong_to_the_period(as_staff, in_may, settings):
    settings.TIME_ZONE = "Europe/Oslo"
    on_the_fourth_in_oslo = datetime(2026, 5, 3, 22, 30, tzinfo=UTC)
    Order.objects.update(paid_at=on_the_fourth_in_oslo)

    assert rows(download(as_staff, "orders", first="2026-05-04", last="2026-05-04"))
    assert not rows(download(as_staff, "orders", first="2026-05-03", last="2026-05-03"))


def test_a_period_that_ends_before_it_begins_is_refused_in_words(as_staff):
    page = download(as_staff, "orders", first="2026-05-04", last="2026-05-03")

    assert read(page, ".errorlist").items == ["The period ends before it begins."]


def test_a_german_spreadsheet_gets_what_it_reads_as_numbers(as_staff, in_may, settings):
    settings.LANGUAGE_CODE = "de"
    (row,) = rows(download(as_staff, "orders", COMMA), ";")
    assert row["total"] == "38,00"

    selected = {"action": "export_orders", "_selected_action": [in_may.pk]}
    assert rows(as_staff.post(LIST, selected), ";")[0]["total"] == "38,00"


def test_an_amount_is_digits_and_a_mark_alone(db):
    assert as_typed(Decimal("1234567.50"), POINT) == "1234567.50"
    assert as_typed(Decimal("1234567.50"), COMMA) == "1234567,50"


@pytest.mark.parametrize("text", ["=cmd()", "+1", "-1", "@x", "\tx", "\rx", "\nx", "＝1"])
def test_no_cell_is_a_formula(as_staff, in_may, text):
    Order.objects.update(shipping_name=text)

    assert rows(download(as_staff, "orders"))[0]["shipping_name"] == f"'{text}"


@pytest.mark.parametrize("text", ["a;=cmd()", "a,@x", "a\n+1", "a\t-1"])
def test_no_cell_is_a_formula_where_a_row_is_cut_at_the_other_separator(text):
    assert as_text(text) == f"{text[:2]}'{text[2:]}"


@pytest.mark.parametrize("code", ["00123", "22222E23", "2026-05-01", "1/2", "MAR23456", "2DEC2222"])
def test_a_code_stays_text(code):
    assert as_text(code) == f"'{code}"


@pytest.mark.parametrize("text", ["", "H7K2M9PQ", "Speckled mug", "pi_123", "1 High Street", "May"])
def test_what_is_taken_for_nothing_else_is_left_alone(text):
    assert as_text(text) == text


def test_a_table_is_read_from_the_database_as_it_is_sent(
    as_alice, mug, purchase, monkeypatch, django_assert_num_queries
):
    for _ in range(3):
        purchase(as_alice, mug)
    monkeypatch.setattr(export, "CHUNK", 1)

    with django_assert_num_queries(0):
        response = orders_csv(Order.objects.all(), POINT)
    with django_assert_num_queries(1):
        assert len(list(response)) == 4


@pytest.mark.parametrize("table", ["orders", "lines", "refunds"])
def test_an_export_is_a_permission_of_its_own(as_clerk, in_may, table):
    client = as_clerk("view_order", "change_order", "add_refund")

    assert client.get(PAGE).status_code == download(client, table).status_code == 403
    assert "Export a period" not in dict(read(client.get(LIST)).links)
    selected = {"action": "export_orders", "_selected_action": [in_may.pk]}
    assert not client.post(LIST, selected).headers["Content-Type"].startswith("text/csv")


def test_who_exported_how_many_is_written_down_and_shown(as_clerk, in_may):
    client = as_clerk("view_order", "export_order")
    assert "Latest exports" not in read(client.get(PAGE)).headings
    download(client, "orders")
    download(client, "refunds")
    client.post(LIST, {"action": "export_lines", "_selected_action": [in_may.pk]})

    exports = read(client.get(PAGE)).rows
    assert all(row["When"].startswith(f"{timezone.localdate():%b}") for row in exports)
    assert [(row["Who"], row["How many"], row["Which"]) for row in exports] == [
        ("clerk", "1 line", "Exported: chosen in the list."),
        ("clerk", "0 refunds", "Exported: 2026-05-01 to 2026-05-31."),
        ("clerk", "1 order", "Exported: 2026-05-01 to 2026-05-31."),
    ]
    assert LogEntry.objects.filter(action_time__lte=timezone.now()).count() == 3
