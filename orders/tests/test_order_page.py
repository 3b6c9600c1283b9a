"""What the page of an order and its receipt say, each in its place."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from orders.models import Order
from orders.models.order import NUMBER_ALPHABET
from orders.refunds import refund
from shop.models import Product
from tests.pages import read, words


def test_an_order_has_a_page_of_its_own(as_alice, in_may):
    response = as_alice.get(f"/orders/{in_may.number}/")
    page = read(response)

    assert read(response, "head").title.startswith(f"Order {in_may.number} – ")
    assert page.headings == [f"Order {in_may.number}", "What happened"]
    assert page.facts == {
        "E-mail": "alice@example.com",
        "Total": "$38.00",
    }
    assert page.part(".progress-line").items == ["Paid May 3, 2026"]
    assert page.rows == [
        {"Product": "Speckled mug", "Price": "$19.00", "Quantity": "2", "Total": "$38.00"}
    ]
    assert page.part("table").part("caption").text == f"Products in order {in_may.number}"


def test_from_an_order_one_comes_to_its_receipt_to_its_products_and_back(as_alice, mug, order):
    page = read(as_alice.get(order.get_absolute_url()))

    assert page.link("Speckled mug") == mug.get_absolute_url()
    assert page.link("Printable receipt") == f"/orders/{order.number}/receipt/"
    assert page.link("My Orders") == "/orders/"
    assert page.link("All products") == "/home/"
    assert page.button("Buy again") == f"/orders/{order.number}/reorder/"


@pytest.mark.parametrize("change", [{"product": None}, {"is_active": False}])
def test_a_product_that_left_the_shop_is_named_without_a_link(as_alice, order, change):
    if "product" in change:
        order.lines.update(product=None)
    else:
        Product.objects.update(**change)
    page = read(as_alice.get(order.get_absolute_url()))

    assert page.row("Speckled mug")["Quantity"] == "2"
    assert "Speckled mug" not in dict(page.links)


def test_an_order_says_what_its_total_is_made_of(as_alice, order):
    Order.objects.update(discount_cents=500, shipping_cents=700, tax_cents=90, total_cents=4090)
    sums = read(as_alice.get(order.get_absolute_url())).part(".sums")

    assert sums.facts == {
        "Subtotal": "$38.00",
        "Discount": "−$5.00",
        "Delivery": "$7.00",
        "Tax": "$0.90",
        "Total": "$40.90",
    }


def test_an_order_says_what_was_given_back_and_when(as_alice, order):
    refund(order, 1900, "requested_by_customer", uuid4())
    order.refunds.update(created_at=datetime(2026, 5, 4, tzinfo=UTC))
    page = read(as_alice.get(order.get_absolute_url()))

    assert page.part(".sums").facts == {
        "Total": "$38.00",
        "Refunded, May 4, 2026": "−$19.00",
        "Total after refunds": "$19.00",
    }
    assert page.part(".progress-line").items[-1] == "Partially refunded May 4, 2026"


def test_what_was_refused_is_not_shown_as_given_back(as_alice, order):
    refund(order, 1900, "requested_by_customer", uuid4())
    order.refunds.update(status="failed")
    Order.objects.get().count_refunds()

    page = read(as_alice.get(order.get_absolute_url()))
    assert page.part(".sums").facts == {"Total": "$38.00"}


@pytest.mark.parametrize("url", ["/home/", "/orders/", "order"])
def test_money_that_went_back_is_marked(as_alice, order, url):
    url = order.get_absolute_url() if url == "order" else url

    def marked() -> list[str]:
        page = read(as_alice.get(url))
        marked = [e for e in page.all("td", "li") if "money-back" in e.get("class", "").split()]
        return [words(element).split()[0] for element in marked]

    assert marked() == []
    Order.objects.update(refunded_cents=3800)
    assert marked() == ["Refunded"]


def test_an_order_tells_its_story_and_marks_the_money_that_went_back(as_alice, in_may):
    refund(in_may, 1900, "requested_by_customer", uuid4())
    story = read(as_alice.get(in_may.get_absolute_url()), ".timeline")

    assert story.items[0] == "May 3, 2026, 9:30 a.m. Paid $38.00"
    assert story.items[1].endswith("Refunded $19.00")
    assert [item.get("class") for item in story.all("li")] == [None, "money-back"]
    assert story.all("time")[0].get("datetime") == "2026-05-03T09:30+0000"


@pytest.fixture
def with_parcel(in_may) -> Order:
    Order.objects.update(delivery_name="Standard", shipping_address="1 High Street")
    in_may.refresh_from_db()
    return in_may


def steps(client, order: Order) -> list[str]:
    return read(client.get(order.get_absolute_url()), ".progress-line").items


def test_an_order_shows_how_far_it_is_on_its_way(as_alice, with_parcel):
    assert steps(as_alice, with_parcel) == ["Paid May 3, 2026", "Shipped Not yet"]
    done = read(as_alice.get(with_parcel.get_absolute_url()), ".progress-line").all("li")
    assert [step.get("class") for step in done] == ["is-done", ""]

    with_parcel.ship("", "")
    Order.objects.update(shipped_at=datetime(2026, 5, 4, tzinfo=UTC))
    assert steps(as_alice, with_parcel) == ["Paid May 3, 2026", "Shipped May 4, 2026"]

    refund(with_parcel, 3800, "requested_by_customer", uuid4())
    with_parcel.refunds.update(created_at=datetime(2026, 5, 5, tzinfo=UTC))
    assert steps(as_alice, with_parcel)[2:] == ["Refunded May 5, 2026"]


def test_of_what_was_refunded_before_it_went_no_parcel_is_announced(as_alice, with_parcel):
    refund(with_parcel, 3800, "requested_by_customer", uuid4())

    assert [step.split()[0] for step in steps(as_alice, with_parcel)] == ["Paid", "Refunded"]


def test_a_refund_that_stripe_has_not_heard_of_yet_is_no_money_back(as_alice, order):
    order.refunds.create(amount_cents=500)
    page = read(as_alice.get(order.get_absolute_url()))

    assert page.part(".sums").facts == {"Total": "$38.00"}


def test_products_are_shown(as_alice, order):
    page = read(as_alice.get(order.get_absolute_url()), ".lines")

    assert [picture.get("class") for picture in page.all("img")] == ["picture"]


@pytest.mark.parametrize("number", ["AAAAAAAA", "0", "x" * 500, "..%2f", "%00"])
def test_a_number_that_does_not_exist_is_a_404(as_alice, order, number):
    assert as_alice.get(f"/orders/{number}/").status_code == 404


def test_a_number_has_no_look_alikes(order):
    assert len(order.number) == 8
    assert set(order.number) <= set(NUMBER_ALPHABET)
    assert not set("0O1ILU") & set(NUMBER_ALPHABET)


def test_a_receipt_can_be_printed(as_alice, as_bob, in_may, settings):
    url = f"/orders/{in_may.number}/receipt/"
    response = as_alice.get(url)
    page = read(response)

    assert read(response, "head").title.startswith(f"Receipt for order {in_may.number} – ")
    assert page.part("time").element.get("datetime") == "2026-05-03"
    assert page.headings == [f"Receipt from {settings.SHOP_NAME}"]
    assert page.facts == {
        "Order": in_may.number,
        "Paid": "May 3, 2026",
        "E-mail": "alice@example.com",
        "Total": "$38.00",
    }
    assert page.rows == [
        {"Product": "Speckled mug", "Price": "$19.00", "Quantity": "2", "Total": "$38.00"}
    ]
    assert "Print" not in page.buttons  # static/shop/js/print.js adds it, where it can work
    assert page.has("#print")
    assert page.link("Back to the order") == in_may.get_absolute_url()
    assert as_bob.get(url).status_code == 404


def test_the_receipt_of_a_gift_does_not_say_that_it_was_paid(as_alice, order):
    Order.objects.update(discount_cents=3800, total_cents=0)
    facts = read(as_alice.get(f"{order.get_absolute_url()}receipt/")).facts

    assert "Ordered" in facts
    assert "Paid" not in facts
    assert facts["Total"] == "$0.00"


@pytest.mark.parametrize("page", ["", "receipt/"])
def test_an_order_without_an_address_shows_no_empty_lines_for_it(as_alice, order, page):
    Order.objects.update(email="", shipping_address="")
    facts = read(as_alice.get(order.get_absolute_url() + page)).facts

    assert not {"E-mail", "Delivery to", "Sent to", "Tracking number"} & set(facts)


@pytest.mark.parametrize(("page", "name"), [("", "Delivery to"), ("receipt/", "Sent to")])
def test_an_order_says_where_it_goes(as_alice, order, page, name):
    Order.objects.update(shipping_name="Alice Ames", shipping_address="1 High Street\nOslo")
    facts = read(as_alice.get(order.get_absolute_url() + page)).facts

    assert facts[name] == "Alice Ames 1 High Street Oslo"
