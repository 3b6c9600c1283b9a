"""Staff correct what a buyer mistyped, without undoing each other."""

import pytest
from django.contrib.admin.models import LogEntry
from django.core import mail

from orders import mails
from orders.models import Order
from tests.pages import Part, read, told

NEW = "2 Low Road\n5004 Bergen\nNO"


@pytest.fixture
def order(order) -> Order:
    mails.send_receipt(order.pk)
    mail.outbox.clear()
    Order.objects.update(shipping_name="Alice Ames", shipping_address="1 High Street\n5003 Bergen")
    order.refresh_from_db()
    return order


def url(order: Order, page: str = "correct") -> str:
    return f"/admin/orders/order/{order.pk}/{page}/"


@pytest.fixture
def opened(as_staff, order) -> dict[str, str]:
    """What the page sends if nothing is changed."""
    return read(as_staff.get(url(order))).sent


def where(order: Order) -> tuple[str, str, str]:
    order.refresh_from_db()
    return order.email, order.shipping_name, order.shipping_address


def test_what_staff_corrected_is_written_and_what_it_was_is_kept(as_staff, order, opened):
    typed = {"shipping_name": "Alice Adams", "shipping_address": NEW.replace("\n", "\r\n")}
    done = as_staff.post(url(order), opened | typed, follow=True)

    assert told(done) == [f"Order {order} was corrected."]
    assert where(order) == ("alice@example.com", "Alice Adams", NEW)
    assert (
        read(done).facts["Address"].endswith("Ordered to: Alice Ames, 1 High Street, 5003 Bergen")
    )
    assert LogEntry.objects.latest("pk").change_message == (
        "Recipient corrected from Alice Ames to Alice Adams. Address corrected from "
        "1 High Street, 5003 Bergen to 2 Low Road, 5004 Bergen, NO."
    )
    assert not mail.outbox


def test_the_address_that_was_ordered_is_kept_through_each_correction(as_staff, order):
    for address in (NEW, "3 Low Road"):
        form = read(as_staff.get(url(order))).sent
        as_staff.post(url(order), form | {"shipping_address": address})

    order.refresh_from_db()
    assert order.former_address == "Alice Ames\n1 High Street\n5003 Bergen"


def test_the_receipt_goes_to_the_corrected_address_once(as_staff, order, opened):
    for _ in range(2):
        done = as_staff.post(url(order), opened | {"email": "ada@example.com"}, follow=True)

    assert told(done) == [f"Nothing of order {order} was changed."]
    (message,) = mail.outbox
    assert message.to == ["ada@example.com"]
    order.refresh_from_db()
    assert (order.former_email, order.former_address) == ("alice@example.com", "")
    log = LogEntry.objects.filter(change_message__startswith="E-mail corrected")
    assert [entry.change_message for entry in log] == [
        "E-mail corrected from alice@example.com to ada@example.com."
    ]
    order.ship("1", "")
    mails.on_its_way(order.pk)
    assert mail.outbox[-1].to == ["ada@example.com"]


def test_all_that_was_mistyped_is_corrected_at_once(as_staff, order, opened):
    typed = {"email": "ada@example.com", "shipping_name": "Ada Adams", "shipping_address": NEW}
    as_staff.post(url(order), opened | typed)

    assert where(order) == ("ada@example.com", "Ada Adams", NEW)


def test_a_correction_is_written_whole_or_not_at_all(as_staff, order, opened, monkeypatch):
    monkeypatch.setattr(Order, "save", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        as_staff.post(url(order), opened | {"email": "ada@example.com", "shipping_name": "Ada"})

    assert where(order) == ("alice@example.com", "Alice Ames", "1 High Street\n5003 Bergen")


@pytest.mark.parametrize(
    ("name", "hers", "mine"),
    [
        ("email", "hers@example.com", "mine@example.com"),
        ("shipping_name", "Hers", "Mine"),
        ("shipping_address", "Her Street", "My Street"),
    ],
)
def test_who_was_slower_than_a_colleague_is_told_and_keeps_what_was_typed(
    as_staff, order, opened, name, hers, mine
):
    Order.objects.update(**{name: hers})
    page = as_staff.post(url(order), opened | {name: mine})

    assert read(page, ".errorlist").items == [
        f"A colleague has changed it since. It reads now: {hers}. Open this page anew to change it."
    ]
    assert read(page).sent[name] == mine
    order.refresh_from_db()
    assert getattr(order, name) == hers
    assert not mail.outbox


def test_what_a_colleague_changed_elsewhere_stays(as_staff, order, opened):
    Order.objects.update(shipping_name="Hers")
    as_staff.post(url(order), opened | {"shipping_address": NEW})

    assert where(order) == ("alice@example.com", "Hers", NEW)


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("email", "nobody"),
        ("email", ""),
        ("shipping_name", "x" * 256),
        ("shipping_name", " "),
        ("shipping_address", ""),
        ("shipping_address", "x" * 1001),
        ("shipping_address", "a\0b"),
    ],
)
def test_what_cannot_be_an_address_is_refused_in_words(as_staff, order, opened, name, typed):
    before = where(order)
    page = as_staff.post(url(order), opened | {name: typed})

    assert read(page, ".errorlist").items == page.context["form"].errors[name]
    assert where(order) == before


def test_an_order_without_an_address_needs_none_and_may_get_one(as_staff, order):
    Order.objects.update(email="", shipping_name="", shipping_address="")
    form = read(as_staff.get(url(order))).sent
    done = as_staff.post(url(order), form | {"shipping_address": NEW}, follow=True)

    assert told(done) == [f"Order {order} was corrected."]
    assert where(order) == ("", "", NEW)
    said = "Address corrected from empty to 2 Low Road, 5004 Bergen, NO."
    assert LogEntry.objects.latest("pk").change_message == said


def test_of_what_is_on_its_way_the_page_says_so(as_staff, order):
    def paragraphs() -> list[str]:
        page: Part = read(as_staff.get(url(order)))
        return page.paragraphs

    assert not any("on its way" in words for words in paragraphs())
    order.ship("1", "")
    assert paragraphs()[0].startswith("The parcel is on its way")
