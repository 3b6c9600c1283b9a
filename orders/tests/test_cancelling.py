"""An order that is called off: nobody packs it, the money goes back, and the buyer reads so."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.contrib.admin.models import LogEntry
from django.core import mail
from django.db import IntegrityError, transaction
from django.utils import timezone

from orders import mails
from orders.cancelling import CannotCancel, cancel
from orders.models import TO_SHIP, Order, Refund, RefundLine
from orders.reconcile import reconcile
from orders.refund_lines import Returned
from orders.refunds import refund
from shop.models import Product
from stripe_simulator.testing import inject_fault, open_dispute, refund_at_stripe
from tests.pages import read, told

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


@pytest.fixture
def order(as_alice, mug, purchase) -> Order:
    """Four mugs for $76.00; six are left."""
    Product.objects.update(stock=10)
    order = purchase(as_alice, mug, 4)
    Order.objects.update(shipping_name="Alice Ames", shipping_address="1 High Street")
    mail.outbox.clear()
    order.refresh_from_db()
    return order


def url(order: Order) -> str:
    return f"/admin/orders/order/{order.pk}/cancel/"


@pytest.fixture
def asked(as_staff, order) -> dict[str, str]:
    """What the button of the page sends."""
    return read(as_staff.get(url(order))).sent | {"put_back": "on"}


def refunds() -> list[tuple[int, str]]:
    return list(Refund.objects.values_list("amount_cents", "status"))


def stock() -> int | None:
    return Product.objects.get().stock


def is_to_ship() -> bool:
    return Order.objects.filter(TO_SHIP).exists()


def test_one_button_calls_it_off_and_gives_the_money_back(as_staff, as_alice, order, asked):
    page = read(as_staff.get(url(order)))
    assert "$76.00 goes back to the buyer right away" in page.paragraphs[0]
    assert page.buttons == {"Cancel the order": ""}
    assert is_to_ship()
    done = as_staff.post(url(order), asked, follow=True)

    assert told(done) == [f"Order {order} is cancelled. $76.00 refunded."]
    assert not is_to_ship()
    assert refunds() == [(7600, "succeeded")]
    assert stock() == 10
    own = read(as_alice.get(order.get_absolute_url()))
    steps = [step.split()[0] for step in own.part(".progress-line").items]
    assert steps == ["Paid", "Cancelled", "Refunded"]
    assert read(as_alice.get("/orders/")).row(order.number)["Status"] == "Cancelled, refunded"
    assert read(done).part(".badge").text == "Cancelled, refunded"
    assert LogEntry.objects.latest("pk").change_message == (
        "Cancelled; refund of $76.00 (requested_by_customer) begun; back in stock."
    )


NOT_PACKED = "The order is not packed any more"
TOLD = ", and alice@example.com gets an e-mail that says so."
REFUNDED = " $76.00 goes back to the buyer right away; neither can be undone here."
NOTHING_LEFT = " There is nothing to refund. It cannot be undone here."


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, NOT_PACKED + TOLD + REFUNDED),
        ({"email": ""}, f"{NOT_PACKED}.{REFUNDED}"),
        ({"discount_cents": 7600, "total_cents": 0}, NOT_PACKED + TOLD + NOTHING_LEFT),
        ({"cancelled_at": NOON}, "It was cancelled already."),
    ],
    ids=["paid", "without an address", "a present", "cancelled"],
)
def test_the_page_says_what_will_happen(as_staff, order, change, words):
    Order.objects.update(**change)

    assert read(as_staff.get(url(order))).paragraphs[0] == words


def test_the_buyer_is_told_once_that_it_was_cancelled(as_staff, order, asked):
    for _ in range(2):
        as_staff.post(url(order), asked)
    for _ in range(2):
        mails.cancelled(order.pk)

    (message,) = mail.outbox
    assert message.subject == f"Your order {order.number} was cancelled"
    assert "Nothing will be sent." in message.body


def test_the_buyer_is_told_at_once(order, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        cancel(order, "duplicate", uuid4(), put_back=True)

    assert [each.subject for each in mail.outbox] == [f"Your order {order.number} was cancelled"]


@pytest.mark.parametrize("dies_in", ["write_refund", "put_back_in_stock"])
def test_an_order_is_cancelled_with_its_money_and_its_stock_or_not_at_all(
    order, monkeypatch, dies_in
):
    monkeypatch.setattr(f"orders.cancelling.{dies_in}", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        cancel(order, "duplicate", uuid4(), put_back=True)

    assert (Order.objects.get().cancelled_at, refunds()) == (None, [])


def test_a_mail_that_was_not_sent_is_sent_by_the_next_run(as_staff, order, asked):
    as_staff.post(url(order), asked)
    reconcile(timezone.now())

    assert f"Your order {order.number} was cancelled" in [each.subject for each in mail.outbox]


def test_a_double_click_does_it_once(as_staff, order, asked):
    for _ in range(2):
        done = as_staff.post(url(order), asked, follow=True)

    assert told(done) == [f"Order {order} is cancelled. $76.00 refunded."]
    assert refunds() == [(7600, "succeeded")]
    assert stock() == 10
    assert LogEntry.objects.filter(change_message__startswith="Cancelled").count() == 1


def test_of_two_who_cancel_it_the_second_is_told_and_gives_nothing_back(as_staff, order, asked):
    as_staff.post(url(order), asked)
    done = as_staff.post(url(order), asked | {"refund_id": str(uuid4())}, follow=True)

    assert told(done)[-1] == f"Order {order} is cancelled already."
    assert refunds() == [(7600, "succeeded")]


def test_only_what_is_left_goes_back(as_staff, order, asked):
    refund(order, 1900, "", uuid4(), [Returned(order.lines.get(), 1)])  # broken: not put back
    done = as_staff.post(url(order), asked, follow=True)

    assert told(done) == [f"Order {order} is cancelled. $57.00 refunded."]
    assert refunds() == [(1900, "succeeded"), (5700, "succeeded")]
    assert list(RefundLine.objects.values_list("quantity", flat=True)) == [1, 3]
    assert stock() == 9


def test_staff_may_keep_the_products_out_of_stock(as_staff, order, asked):
    del asked["put_back"]
    as_staff.post(url(order), asked)

    assert stock() == 6


def test_a_product_that_is_gone_keeps_no_order_from_being_cancelled(order):
    order.lines.update(product=None)

    assert cancel(order, "duplicate", uuid4(), put_back=True)
    assert stock() == 6


def test_nobody_packs_it_while_stripe_is_silent_and_the_money_follows(as_staff, order, asked):
    inject_fault("POST", "/v1/refunds", "connect_timeout", times=3)
    done = as_staff.post(url(order), asked, follow=True)

    assert told(done)[0].startswith(f"Order {order} is cancelled. Stripe gave no clear answer")
    assert not is_to_ship()
    assert refunds() == [(7600, "pending")]
    assert Order.objects.get().status == "Cancelled"
    reconcile(order.paid_at)
    assert refunds() == [(7600, "succeeded")]
    assert stock() == 10


def test_a_process_that_dies_before_stripe_is_asked_leaves_the_refund_to_the_next_run(order):
    assert cancel(order, "duplicate", uuid4(), put_back=True)
    reconcile(order.paid_at)

    assert refunds() == [(7600, "succeeded")]


def test_what_stripe_refuses_to_give_back_is_not_packed_but_looked_at(as_staff, order, asked):
    inject_fault("POST", "/v1/refunds", "error_403", times=3)
    done = as_staff.post(url(order), asked, follow=True)

    said = f"Order {order} is cancelled, but Stripe refused to refund $76.00."
    assert told(done) == [said]
    order.refresh_from_db()
    assert (order.needs_review, order.status) == (True, "Cancelled")
    assert not is_to_ship()


def test_what_was_given_back_at_stripe_meanwhile_is_not_given_back_again(as_staff, order, asked):
    refund_at_stripe(order.stripe_payment_intent_id)  # its event has not arrived
    as_staff.post(url(order), asked)

    order.refresh_from_db()
    assert (order.refunded_cents, order.status) == (7600, "Cancelled, refunded")


def test_a_present_is_cancelled_without_a_refund(as_staff, order, asked):
    Order.objects.update(discount_cents=7600, total_cents=0)
    done = as_staff.post(url(order), asked, follow=True)

    assert told(done) == [f"Order {order} is cancelled."]
    assert (refunds(), stock()) == ([], 10)


def test_of_shipping_and_cancelling_one_wins(order):
    same = Order.objects.get()
    assert order.ship("1", "")
    with pytest.raises(CannotCancel, match="It is on its way"):
        cancel(order, "duplicate", uuid4(), put_back=True)
    same.unship(Order.objects.get().shipped_at)
    cancel(order, "duplicate", uuid4(), put_back=True)

    assert not same.ship("1", "")
    with pytest.raises(IntegrityError, match="what_is_cancelled"), transaction.atomic():
        Order.objects.update(shipped_at=timezone.now())


def test_who_ships_what_was_cancelled_reads_so(as_staff, order):
    cancel(order, "duplicate", uuid4(), put_back=True)
    typed = {"carrier": "", "tracking_number": "1"}
    done = as_staff.post(f"/admin/orders/order/{order.pk}/ship/", typed, follow=True)

    assert told(done) == [f"Order {order} was cancelled: it is not shipped."]
    assert not Order.objects.get().tracking_number


def test_a_disputed_payment_is_not_cancelled(as_staff, order, asked):
    open_dispute(order.stripe_payment_intent_id)
    reconcile(order.paid_at)
    assert "The payment is disputed" in read(as_staff.get(url(order))).paragraphs[0]
    done = as_staff.post(url(order), asked, follow=True)

    assert told(done) == [
        f"Order {order} was not cancelled. The payment is disputed: Stripe can’t refund it now."
    ]
    assert not Order.objects.get().cancelled_at


@pytest.mark.parametrize("one", ["change_order", "add_refund"])
def test_who_may_not_both_change_and_refund_cancels_nothing(as_clerk, order, asked, one):
    client = as_clerk("view_order", one)

    assert client.post(url(order), asked).status_code == 403
    assert url(order) not in read(client.get(f"/admin/orders/order/{order.pk}/change/")).targets
    assert not Order.objects.get().cancelled_at
