"""Stock is moved, not set: each change is a row that says why, and the rows add up to the stock."""

import importlib

import pytest
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.db import IntegrityError, connection, transaction
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from orders.recording import record_order
from shop.checkout import close
from shop.models import Checkout, OutOfStock, Product, StockMovement
from stripe_simulator.testing import pay
from tests.pages import read, told

Reason = StockMovement.Reason


@pytest.fixture
def shelf(mug) -> Product:
    mug.stock = 25
    mug.save()
    return mug


@pytest.fixture
def page(shelf) -> str:
    return f"/admin/shop/product/{shelf.pk}/stock/"


@pytest.fixture
def fields(as_staff, page) -> dict[str, str]:
    return read(as_staff.get(page)).sent


def stock_of(product: Product) -> int | None:
    """What is there, which is always what the movements add up to."""
    product.refresh_from_db()
    moved = product.stock_movements.aggregate(total=Sum("change"))["total"] or 0
    assert moved == (product.stock or 0)
    return product.stock


def reasons(product: Product) -> list[tuple[int, str]]:
    return list(product.stock_movements.order_by("created_at").values_list("change", "reason"))


def buy(client, product, quantity: int) -> Checkout:
    client.post(f"/checkout/{product.pk}/", {"quantity": quantity})
    return Checkout.objects.get(status="open")


@pytest.mark.parametrize(
    ("typed", "reason", "stock"),
    [("+10", "delivery", 35), ("10", "return", 35), ("-2", "damage", 23), ("−25", "correction", 0)],
)
def test_staff_put_in_and_take_out_with_a_reason(
    as_staff, shelf, page, fields, typed, reason, stock
):
    moved = {"move-change": typed, "move-reason": reason}
    answer = as_staff.post(f"{page}move/", fields | moved, follow=True)

    assert told(answer) == [f"The stock of Speckled mug is {stock} now."]
    assert stock_of(shelf) == stock
    assert reasons(shelf)[-1] == (stock - 25, reason)


def test_the_page_says_how_many_are_left_and_what_moved_them(as_staff, shelf, page, fields):
    moved = {"move-change": "10", "move-reason": "delivery"}
    shown = read(as_staff.post(f"{page}move/", fields | moved, follow=True))

    assert shown.paragraphs[0].startswith("35 can still be sold.")
    assert shown.headings[1:] == ["Put in or take out", "Count", "What moved the stock"]
    newest = shown.rows[0]
    assert newest.pop("When").startswith(f"{timezone.localdate():%b}")
    assert newest == {"Change": "+10", "Why": "Delivery", "Who": "staff"}


def test_of_what_is_not_counted_the_page_says_so(as_staff, mug):
    shown = read(as_staff.get(f"/admin/shop/product/{mug.pk}/stock/"))

    assert shown.paragraphs[0].startswith("Nobody counts this product")
    assert shown.headings[1:] == ["Count"]


@pytest.mark.parametrize("typed", ["", "0", "ten", "1.5", "+-2", "9999999"])
def test_a_change_that_is_no_whole_number_is_refused_and_kept(as_staff, shelf, page, fields, typed):
    answer = as_staff.post(f"{page}move/", fields | {"move-change": typed})

    assert read(answer).has(".errorlist")
    assert read(answer).field("Change") == typed
    assert stock_of(shelf) == 25


def test_no_more_is_taken_out_than_there_is(as_staff, shelf, page, fields):
    moved = {"move-change": "-26", "move-reason": "damage"}
    answer = as_staff.post(f"{page}move/", fields | moved)

    assert read(answer).part(".errorlist").text == "There are only 25."
    assert stock_of(shelf) == 25


def test_a_double_click_moves_once(as_staff, shelf, page, fields):
    for _ in range(2):
        as_staff.post(f"{page}move/", fields | {"move-change": "+10", "move-reason": "delivery"})

    assert stock_of(shelf) == 35
    assert LogEntry.objects.get().change_message == "Stock from 25 to 35 (Delivery)."


def test_a_count_of_what_was_sold_meanwhile_says_so_and_asks_again(
    as_staff, as_alice, shelf, page, fields
):
    buy(as_alice, shelf, 3)
    answer = as_staff.post(f"{page}count/", fields | {"count-counted": "24"})

    assert read(answer).part(".errorlist").text == (
        "It was 25 when you looked, and is 22. Count again, then save what you counted."
    )
    assert read(answer).field("Counted") == "24"
    assert stock_of(shelf) == 22
    as_staff.post(f"{page}count/", read(answer).sent | {"count-counted": "21"})
    assert stock_of(shelf) == 21
    assert LogEntry.objects.get().change_message == "Stock from 22 to 21 (Counted)."


def test_staff_stop_counting_and_begin_again(as_staff, shelf, page, fields):
    as_staff.post(f"{page}count/", fields | {"count-counted": ""})
    assert stock_of(shelf) is None
    as_staff.post(f"{page}count/", read(as_staff.get(page)).sent | {"count-counted": "7"})

    assert stock_of(shelf) == 7
    assert [entry.change_message for entry in LogEntry.objects.order_by("pk")] == [
        "Stock from 25 to not counted (Counted).",
        "Stock from not counted to 7 (Counted).",
    ]


def test_a_sale_is_first_held_and_then_bears_the_order(as_staff, as_alice, shelf, page):
    checkout = buy(as_alice, shelf, 2)
    assert reasons(shelf)[-1] == (-2, Reason.HELD)
    pay(checkout.stripe_session_id)
    order = record_order(checkout.stripe_session_id)

    assert stock_of(shelf) == 23
    rows = read(as_staff.get(f"/admin/shop/product/{shelf.pk}/change/")).row(
        f"Sold, order {order.number}"
    )
    assert rows["Change"] == "-2"


def test_a_checkout_that_ends_puts_back_with_a_row(as_alice, shelf):
    buy(as_alice, shelf, 2)
    close(Checkout.objects.get())

    assert stock_of(shelf) == 25
    assert reasons(shelf)[1:] == [(-2, Reason.HELD), (2, Reason.RELEASED)]


def test_a_late_payment_sells_nothing_that_was_put_back(as_alice, shelf):
    late = buy(as_alice, shelf, 2)
    late.release()
    pay(late.stripe_session_id)
    record_order(late.stripe_session_id)

    assert stock_of(shelf) == 25
    assert not shelf.stock_movements.filter(reason=Reason.SALE).exists()


def test_all_that_a_cart_holds_is_written_in_one_query(as_alice, shelf, bowl):
    Product.objects.filter(pk=bowl.pk).update(stock=5)
    for product in (shelf, bowl):
        as_alice.post(f"/cart/add/{product.pk}/", {"quantity": 1})
    with CaptureQueriesContext(connection) as queries:
        as_alice.post("/checkout/")
        Checkout.objects.get().release()

    written = [q for q in queries if "stockmovement" in q["sql"] and q["sql"].startswith("INSERT")]
    assert len(written) == 2


def test_who_may_only_look_moves_nothing(shelf, page, as_clerk):
    client = as_clerk("view_product")

    assert client.get(page).status_code == 403
    assert client.post(f"{page}move/", {"move-change": "1"}).status_code == 403
    assert client.post(f"{page}count/", {"count-counted": "1"}).status_code == 403
    tools = read(client.get(f"/admin/shop/product/{shelf.pk}/change/")).links
    assert page not in dict(tools).values()


def test_the_page_of_a_product_shows_the_stock_and_does_not_set_it(as_staff, shelf):
    url = f"/admin/shop/product/{shelf.pk}/change/"
    form = read(as_staff.get(url))
    assert form.facts["Stock"] == "25"
    as_staff.post(url, form.sent | {"stock": "99", "name": "Mug"})

    assert stock_of(shelf) == 25
    assert shelf.name == "Mug"


def test_a_stock_that_an_older_version_changed_is_noted_with_the_next_movement(shelf):
    Product.objects.update(stock=20)
    StockMovement(product=shelf, change=5, reason=Reason.RETURN).make()

    assert stock_of(shelf) == 25
    assert (-5, Reason.CORRECTION) in reasons(shelf)


def test_a_stock_that_an_older_version_changed_is_noted_before_a_count_too(shelf):
    Product.objects.update(stock=20)
    assert StockMovement.count(shelf, 30, seen=20)

    assert stock_of(shelf) == 30
    assert {(-5, Reason.CORRECTION), (10, Reason.COUNT)} <= {*reasons(shelf)}


@pytest.mark.parametrize(
    "move",
    [
        lambda shelf: StockMovement(product=shelf, change=5, reason=Reason.RETURN).make(),
        lambda shelf: StockMovement.count(shelf, 30, seen=25),
        lambda shelf: (setattr(shelf, "stock", 30), shelf.save()),
    ],
    ids=["moved", "counted", "saved"],
)
def test_a_stock_is_written_with_its_row_or_not_at_all(shelf, monkeypatch, move):
    monkeypatch.setattr(StockMovement, "save", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        move(shelf)

    assert stock_of(shelf) == 25


def test_a_count_bears_who_counted(shelf, alice):
    StockMovement.count(shelf, 30, seen=25, user=alice)

    assert shelf.stock_movements.get(change=5).user == alice


def test_a_count_that_finds_what_was_known_is_no_news(shelf):
    assert not StockMovement.count(shelf, 25, seen=25)


def test_what_a_checkout_holds_comes_back_on_top_of_a_first_count(as_alice, mug):
    checkout = buy(as_alice, mug, 2)
    StockMovement.count(mug, 5, seen=None)
    assert checkout.release()

    assert stock_of(mug) == 7


def test_a_product_that_nobody_counts_is_not_moved(mug):
    assert not StockMovement(product=mug, change=5, reason=Reason.RETURN).make()
    assert stock_of(mug) is None


# Counted or not by a query, which looks at no open checkout as a count by staff does.


def test_what_was_not_held_is_not_put_back(as_alice, mug):
    checkout = buy(as_alice, mug, 2)
    Product.objects.update(stock=5)
    assert checkout.release()

    mug.refresh_from_db()
    assert mug.stock == 5


def test_nothing_is_moved_back_where_nobody_counts_any_more(as_alice, shelf):
    checkout = buy(as_alice, shelf, 2)
    Product.objects.update(stock=None)
    assert checkout.release()

    assert reasons(shelf)[-1] == (-2, Reason.HELD)


def test_the_books_open_with_what_is_there(shelf, bowl):
    StockMovement.objects.all().delete()
    migration = importlib.import_module("shop.migrations.0018_opening_stock")
    for _ in range(2):
        migration.open_the_books(apps, connection.schema_editor())

    assert stock_of(shelf) == 25
    assert stock_of(bowl) is None
    assert StockMovement.objects.count() == 1


def test_more_than_there_is_is_not_taken(shelf):
    with pytest.raises(OutOfStock) as refusal:
        StockMovement(product=shelf, change=-26, reason=Reason.DAMAGE).make()
    assert refusal.value.left == 25
    assert stock_of(shelf) == 25


def test_the_database_refuses_a_movement_of_nothing(shelf):
    with pytest.raises(IntegrityError, match="a_movement_moves_something"), transaction.atomic():
        StockMovement.objects.create(product=shelf, change=0, reason=Reason.COUNT)
