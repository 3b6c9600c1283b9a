"""What staff tell each other about an order."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission

from accounts.models import User
from conftest import logged_in
from orders.models import Order

NOTE = "Wants it <b>wrapped</b>.\nCalls back on Friday."


@pytest.fixture
def order(as_alice, mug, purchase) -> Order:
    return purchase(as_alice, mug)


def url(order: Order, page: str) -> str:
    return f"/admin/orders/order/{order.pk}/{page}/"


def test_a_note_stands_on_the_order_until_somebody_changes_it(as_staff, order):
    as_staff.post(url(order, "note"), {"staff_note": NOTE})
    assert "&lt;b&gt;wrapped&lt;/b&gt;.<br>Calls back" in as_staff.get(url(order, "change")).text
    assert "Calls back on Friday." in as_staff.get(url(order, "note")).text

    as_staff.post(url(order, "note"), {"staff_note": ""})
    assert "Calls back" not in as_staff.get(url(order, "change")).text


def test_the_buyer_never_sees_it(as_staff, as_alice, order):
    as_staff.post(url(order, "note"), {"staff_note": NOTE})

    own = order.get_absolute_url()
    success = f"/success/?session_id={order.stripe_session_id}"
    for page in (own, f"{own}receipt/", "/orders/", success):
        assert "Friday" not in as_alice.get(page).text


def test_who_may_not_change_orders_reads_it_and_no_more(as_alice, order):
    Order.objects.update(staff_note=NOTE)
    clerk = User.objects.create_user("clerk", "clerk@example.com", "x", is_staff=True)
    clerk.user_permissions.add(Permission.objects.get(codename="view_order"))
    as_clerk = logged_in(clerk)

    page = as_clerk.get(url(order, "change")).text
    assert "Calls back on Friday." in page
    assert url(order, "note") not in page
    assert as_clerk.post(url(order, "note"), {"staff_note": "x"}).status_code == 403
    assert as_alice.post(url(order, "note"), {"staff_note": "x"}).url.startswith("/admin/login/")
    order.refresh_from_db()
    assert order.staff_note == NOTE


def test_looking_changes_no_note(as_staff, order):
    as_staff.get(url(order, "note"), {"staff_note": "x"})

    order.refresh_from_db()
    assert order.staff_note == ""


def test_a_note_that_did_not_change_is_no_news(as_staff, order):
    for _ in range(2):
        answer = as_staff.post(url(order, "note"), {"staff_note": "Calls back."}, follow=True)

    assert "was saved" in answer.text
    assert LogEntry.objects.filter(change_message="Note changed.").count() == 1


def test_a_note_is_on_one_order(as_staff, as_bob, order, mug, purchase):
    other = purchase(as_bob, mug)
    as_staff.post(url(order, "note"), {"staff_note": "Calls back."})

    other.refresh_from_db()
    assert other.staff_note == ""
