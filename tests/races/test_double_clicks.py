"""Staff who click twice: both posts are there at the same moment, and one of them does it."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from django.contrib.admin.models import LogEntry
from django.core import mail
from django.test import Client

from accounts.as_shown import AsShownForm
from orders import mails
from orders.models import Order
from orders.recording import record_order
from shop.models import Checkout
from shop.money import format_money
from stripe_simulator.testing import pay, set_webhooks
from tests.people import logged_in
from tests.races.conftest import at_once

NOTE = {
    "staff_note": "Calls back.",
    "initial-staff_note": "",
    "lines-TOTAL_FORMS": "0",
    "lines-INITIAL_FORMS": "0",
}

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def order(own_world, alice, mug) -> Order:
    set_webhooks("lost")
    logged_in(alice).post(f"/checkout/{mug.pk}/", {"quantity": 2})
    session_id = Checkout.objects.get().stripe_session_id
    pay(session_id)
    order = record_order(session_id)
    Order.objects.update(receipt_claimed_at=None)
    mail.outbox.clear()
    return order


@pytest.fixture
def click_twice(staff, order) -> Callable[..., None]:
    def click(page: str, **form: str) -> None:
        def post(client: Client) -> Callable[[], int]:
            url = f"/admin/orders/order/{order.pk}/{page}/"
            return lambda: client.post(url, form).status_code

        assert at_once(post(logged_in(staff)), post(logged_in(staff))) == [302, 302]

    return click


def history() -> list[str]:
    return [entry.get_change_message() for entry in LogEntry.objects.all()]


def test_the_receipt_is_sent_again_once(click_twice):
    click_twice("resend-receipt")

    assert len(mail.outbox) == 1
    assert history() == ["Receipt sent again to alice@example.com."]


def test_control_looking_before_claiming_sends_two(click_twice, meet, monkeypatch):
    class Looking:
        @staticmethod
        def at(order: Order) -> object:
            return Order.objects.get(pk=order.pk).receipt_claimed_at

    def look_then_send(order: Order) -> bool:
        if Looking.at(order):
            raise mails.SentJustNow
        return mails.sent(lambda: mails.receipt(order, again=True), "receipt")

    meet(Looking, "at", threads=2)
    monkeypatch.setattr(mails, "resend_receipt", look_then_send)
    click_twice("resend-receipt")

    assert len(mail.outbox) == 2


def test_the_parcel_is_on_its_way_once(click_twice):
    click_twice("ship", tracking_number="AB 123", tracking_url="")

    assert len(mail.outbox) == 1
    assert history() == ["Shipped."]


def test_an_order_is_cancelled_once(click_twice, order):
    click_twice("cancel", reason="duplicate", put_back="on", refund_id=str(uuid4()))

    said = f"Cancelled; refund of {format_money(order.total_cents, 'usd')} (duplicate) begun"
    assert history() == [f"{said}; back in stock."]
    assert order.refunds.count() == 1
    told = [message.subject for message in mail.outbox]
    assert sorted(told) == [
        f"Your order {order.number} was cancelled",
        f"Your refund for order {order.number}",
    ]


def test_an_address_is_corrected_once(click_twice, order):
    seen = {"initial-email": order.email, "shipping_name": "", "shipping_address": ""}
    click_twice("correct", email="ada@example.com", **seen)

    assert history() == [f"E-mail corrected from {order.email} to ada@example.com."]
    assert [message.to for message in mail.outbox] == [["ada@example.com"]]


def test_a_note_is_news_once(click_twice):
    click_twice("change", **NOTE)

    assert history() == ["Changed Internal note from nothing to “Calls back.”."]


def test_control_a_note_whose_order_is_only_read_is_news_twice(click_twice, meet, monkeypatch):
    monkeypatch.setattr(AsShownForm, "lock_row", lambda form: form.instance.refresh_from_db())
    meet(AsShownForm, "lock_row", threads=2)
    click_twice("change", **NOTE)

    assert len(history()) == 2


def test_a_review_is_settled_once(click_twice, order):
    order.ask_for_review("A difference.")
    click_twice("resolve", note="Done.", reasons_read="1")

    assert history() == ["Review resolved: Done."]
    order.refresh_from_db()
    assert order.review_note == "Done. (staff)"
