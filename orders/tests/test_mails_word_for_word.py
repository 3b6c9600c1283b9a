"""What mails say in HTML and in text, word for word."""

from datetime import UTC, date, datetime
from uuid import uuid4

import pytest

from orders import mails
from orders.models import Order, Refund
from orders.refunds import refund
from tests.pages import read

HOME = "http://127.0.0.1:8000"
SIGNED = f"Fieldhouse {HOME}"
SUMS = "Discount −$5.00 Delivery $7.00 Tax $0.90 Total $40.90"
SUMS_IN_TEXT = "Discount: -$5.00 Delivery: $7.00 Tax: $0.90 Total: $40.90"
DELIVERY = "Delivery: Standard, expected between Tue, May 5 and Thu, May 7"


@pytest.fixture
def full(in_may) -> Order:
    """The order with all that a mail can say of one."""
    Order.objects.update(
        number="FULL2345",
        discount_cents=500,
        shipping_cents=700,
        tax_cents=90,
        total_cents=4090,
        shipping_name="Alice Ames",
        shipping_address="1 High Street\nOslo",
        delivery_name="Standard",
        expected_from=date(2026, 5, 5),
        expected_to=date(2026, 5, 7),
    )
    return Order.objects.get()


@pytest.fixture
def bare(in_may) -> Order:
    Order.objects.update(number="BARE2345")
    return Order.objects.get()


def html(template: str, **about: object) -> tuple[str, str, set[str]]:
    """What the mail is called, what it says, and where it leads."""
    text = str(mails.message(template, "", "", **about).alternatives[0].content)
    body = read(text, "body")
    return read(text, "title").text, body.text, body.targets


def text(template: str, **about: object) -> str:
    return " ".join(str(mails.message(template, "", "", **about).body).split())


def page(order: Order) -> str:
    return f"{HOME}/orders/{order.number}/"


@pytest.mark.parametrize("left_cents", [0, 500])
def test_who_bought_what_was_cancelled_reads_whether_money_comes(full, left_cents):
    full.refunded_cents = full.total_cents - left_cents
    money = " We email you again when your money is on its way back." if left_cents else ""

    assert html("cancelled", order=full) == (
        "Your order FULL2345 was cancelled",
        "Fieldhouse Your order was cancelled. Order FULL2345 "
        f"Nothing will be sent.{money} 2 × Speckled mug See your order {SIGNED}",
        {HOME, page(full)},
    )
    assert text("cancelled", order=full) == (
        f"Your order FULL2345 at Fieldhouse was cancelled. Nothing will be sent.{money} "
        f"2 × Speckled mug Your order: {page(full)} {SIGNED}"
    )


def test_the_receipt_says_how_and_where_the_parcel_goes(full):
    goes = f"{DELIVERY} It goes to: Alice Ames 1 High Street Oslo"

    assert html("receipt", order=full) == (
        "Your order FULL2345",
        "Fieldhouse Thank you for your order at Fieldhouse. "
        f"Order FULL2345, paid on May 3, 2026 2 × Speckled mug $38.00 {SUMS} "
        f"{goes} See your order {SIGNED}",
        {HOME, page(full)},
    )
    assert text("receipt", order=full) == (
        "Thank you for your order at Fieldhouse. Order FULL2345, paid on May 3, 2026 "
        f"2 × Speckled mug: $38.00 {SUMS_IN_TEXT} {goes} Your order: {page(full)} {SIGNED}"
    )


def test_a_receipt_of_less_says_no_more(bare):
    assert html("receipt", order=bare)[1] == (
        "Fieldhouse Thank you for your order at Fieldhouse. "
        "Order BARE2345, paid on May 3, 2026 2 × Speckled mug $38.00 Total $38.00 "
        f"See your order {SIGNED}"
    )
    assert text("receipt", order=bare) == (
        "Thank you for your order at Fieldhouse. Order BARE2345, paid on May 3, 2026 "
        f"2 × Speckled mug: $38.00 Total: $38.00 Your order: {page(bare)} {SIGNED}"
    )


def test_a_parcel_can_be_followed(full):
    full.carrier, full.tracking_number, full.tracking_url = "UPS", "1Z9", "https://ups.example/1Z9"
    parcel = (
        f"{DELIVERY} To: Alice Ames 1 High Street Oslo Carrier: UPS Tracking number: 1Z9 "
        "Follow the parcel"
    )

    assert html("on_its_way", order=full) == (
        "Your order FULL2345 is on its way",
        "Fieldhouse Your order is on its way. Order FULL2345 2 × Speckled mug "
        f"{parcel} See your order {SIGNED}",
        {HOME, page(full), "https://ups.example/1Z9"},
    )
    assert text("on_its_way", order=full) == (
        f"Your order FULL2345 at Fieldhouse is on its way. 2 × Speckled mug "
        f"{parcel}: https://ups.example/1Z9 Your order: {page(full)} {SIGNED}"
    )


def test_of_a_parcel_that_cannot_be_followed_less_is_said(bare):
    assert html("on_its_way", order=bare)[1:] == (
        "Fieldhouse Your order is on its way. Order BARE2345 2 × Speckled mug "
        f"See your order {SIGNED}",
        {HOME, page(bare)},
    )


def test_new_tracking_is_called_so(bare):
    bare.tracking_corrected_at = datetime(2026, 5, 6, tzinfo=UTC)
    title, said, _ = html("on_its_way", order=bare)

    assert title == "New tracking for your order BARE2345"
    assert said.startswith("Fieldhouse The tracking of your order has changed. Order BARE2345 2 ×")
    assert text("on_its_way", order=bare).startswith(
        "The tracking of your order BARE2345 at Fieldhouse has changed. 2 × Speckled mug Your order"
    )


@pytest.fixture
def for_a_mug(full) -> Refund:
    back = refund(full, 1900, "requested_by_customer", uuid4())
    back.lines.create(line=full.lines.get(), quantity=1)
    full.refresh_from_db()
    return back


def test_a_refund_says_for_what_it_is_and_what_is_left(full, for_a_mug):
    when = "It goes back to where you paid from; a bank may take up to ten working days to show it."

    assert html("refunded", order=full, refund=for_a_mug) == (
        "Your refund for order FULL2345",
        "Fieldhouse We have refunded $19.00. Order FULL2345 For 1 × Speckled mug "
        f"{when} 2 × Speckled mug $38.00 {SUMS} Refunded −$19.00 Total after refunds $21.90 "
        f"See your order {SIGNED}",
        {HOME, page(full)},
    )
    assert text("refunded", order=full, refund=for_a_mug) == (
        "We have refunded $19.00 for your order FULL2345. For 1 × Speckled mug "
        f"{when} 2 × Speckled mug: $38.00 {SUMS_IN_TEXT} Refunded: -$19.00 "
        f"Total after refunds: $21.90 Your order: {page(full)} {SIGNED}"
    )


def test_a_payment_that_did_not_arrive_is_named_with_what_was_not_bought(order):
    lost = (
        "Your payment of $38.00 at Fieldhouse did not arrive, so there is no order, and nothing "
        "was charged. 2 × Speckled mug If you still want it, you can order again"
    )

    assert html("payment_failed", checkout=order.user.checkouts.get()) == (
        "Your payment did not arrive",
        f"Fieldhouse Your payment did not arrive. {lost}. Order again {SIGNED}",
        {HOME, f"{HOME}/home/"},
    )
    assert text("payment_failed", checkout=order.user.checkouts.get()) == (
        f"{lost} here: {HOME}/home/ {SIGNED}"
    )


def test_what_is_back_is_named_with_its_price_and_its_page(mug):
    at = HOME + mug.get_absolute_url()
    only = (
        "We can’t keep one for you, so it may sell out again. This is the only email about it: "
        "you don’t need to do anything to stop it."
    )

    assert html("back_in_stock", product=mug) == (
        "Speckled mug is back",
        "Fieldhouse Speckled mug is back. You asked us to tell you when it is. It costs $19.00. "
        f"See it in the shop {only} {SIGNED}",
        {HOME, at},
    )
    assert text("back_in_stock", product=mug) == (
        "You asked us to tell you when this is back. It is now: "
        f"Speckled mug, $19.00 {at} {only} {SIGNED}"
    )
