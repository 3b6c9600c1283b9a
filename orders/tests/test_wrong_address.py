"""A buyer who mistyped an address, and changed the account's since, gets the receipt there."""

import pytest
from django.core import mail
from django.utils import timezone

from accounts.models import User
from orders import mails
from orders.models import Order
from orders.reconcile import reconcile
from tests.pages import read


@pytest.fixture
def order(order) -> Order:
    """Its receipt went to an address that is not the account's any more."""
    mails.send_receipt(order.pk)
    mail.outbox.clear()
    User.objects.filter(username="alice").update(email="right@example.com")
    return order


def url(order: Order) -> str:
    return f"/orders/{order.number}/correct-email/"


def correct(client, order: Order):
    page = client.post(url(order), follow=True)
    order.refresh_from_db()
    return read(page)


def test_the_order_offers_the_address_of_the_account(as_alice, order):
    page = read(as_alice.get(order.get_absolute_url()))

    assert page.button("Send the receipt to right@example.com") == url(order)
    assert page.part(".wrong-address").fields == {}


def test_where_both_are_the_same_nothing_is_offered(as_alice, order):
    Order.objects.update(email="right@example.com")

    assert not read(as_alice.get(order.get_absolute_url())).has(".wrong-address")


def test_the_receipt_goes_to_the_right_address_and_the_wrong_one_is_kept(as_alice, order):
    page = correct(as_alice, order)

    (message,) = mail.outbox
    assert message.to == ["right@example.com"]
    assert message.subject.startswith(f"Your order {order.number} at ")
    assert (order.email, order.former_email) == ("right@example.com", "alice@example.com")
    assert page.notices == ["We’ll email the receipt to right@example.com."]
    assert not page.has(".wrong-address")
    story = " ".join(page.part(".timeline").items)
    assert "E-mail address changed from alice@example.com to right@example.com" in story
    assert "Receipt sent to right@example.com" in story
    assert "Receipt sent to alice@example.com" not in story


def test_a_double_click_sends_one_receipt(as_alice, order):
    for _ in range(2):
        correct(as_alice, order)

    assert len(mail.outbox) == 1
    assert order.former_email == "alice@example.com"


def test_of_two_corrections_at_once_one_counts(order):
    same = Order.objects.get()
    assert order.correct_email("right@example.com")
    assert not same.correct_email("wrong@example.com")

    same.refresh_from_db()
    assert (same.email, same.former_email) == ("right@example.com", "alice@example.com")
    assert not same.correct_email("right@example.com")


def test_no_other_address_can_be_given(as_alice, order):
    as_alice.post(url(order), {"email": "mallory@example.com"})

    order.refresh_from_db()
    assert order.email == "right@example.com"


def test_an_order_without_an_address_gets_one(as_alice, order):
    Order.objects.update(email="")
    page = correct(as_alice, order)

    assert [message.to for message in mail.outbox] == [["right@example.com"]]
    assert "E-mail address changed to right@example.com" in page.part(".timeline").text


def test_an_account_without_an_address_offers_none_and_changes_nothing(as_alice, order):
    User.objects.filter(username="alice").update(email="")
    assert not read(as_alice.get(order.get_absolute_url())).has(".wrong-address")
    correct(as_alice, order)

    assert order.email == "alice@example.com"
    assert not mail.outbox


def test_a_mail_server_that_is_away_only_delays_it(as_alice, order, settings):
    working = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "orders.tests.test_mails.RefusingBackend"
    correct(as_alice, order)
    settings.EMAIL_BACKEND = working
    reconcile(timezone.now())

    assert [message.to for message in mail.outbox] == [["right@example.com"]]


def test_a_receipt_on_its_way_to_the_wrong_address_does_not_count(as_alice, order, monkeypatch):
    Order.objects.update(receipt_sent_at=None, receipt_claimed_at=None)
    sent = mails.sent

    def corrected_meanwhile(*mail_and_name):
        monkeypatch.setattr(mails, "sent", sent)
        correct(as_alice, order)
        return sent(*mail_and_name)

    monkeypatch.setattr(mails, "sent", corrected_meanwhile)
    mails.send_receipt(order.pk)
    order.refresh_from_db()

    told = [message.to for message in mail.outbox]
    assert told == [["right@example.com"], ["alice@example.com"]]
    assert order.receipt_sent_at


def test_a_receipt_on_its_way_to_the_wrong_address_leaves_it_due_at_the_right_one(
    order, monkeypatch
):
    Order.objects.update(receipt_sent_at=None, receipt_claimed_at=None)
    order.refresh_from_db()

    def corrected_meanwhile(*mail_and_name):
        assert order.correct_email("right@example.com")
        return True

    monkeypatch.setattr(mails, "sent", corrected_meanwhile)
    mails.send_receipt(order.pk)

    assert Order.objects.get().receipt_sent_at is None


def test_somebody_who_tries_all_day_is_asked_to_wait(as_alice, order):
    for number in range(11):
        Order.objects.update(email=f"wrong{number}@example.com")
        page = correct(as_alice, order)

    assert len(mail.outbox) == 10
    assert page.notices == ["Too many attempts. Wait 60 minutes and try again."]


def test_strangers_and_looking_change_nothing(as_alice, as_bob, order):
    assert as_bob.post(url(order)).status_code == 404
    assert as_alice.get(url(order)).status_code == 405

    order.refresh_from_db()
    assert order.email == "alice@example.com"
    assert not mail.outbox


def test_staff_read_which_address_it_was(as_alice, as_staff, order):
    correct(as_alice, order)
    facts = read(as_staff.get(f"/admin/orders/order/{order.pk}/change/")).facts

    assert facts["E-mail corrected"].endswith("; it was alice@example.com")
