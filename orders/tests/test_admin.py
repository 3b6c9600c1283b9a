"""Orders in the admin: records that staff find, and that nobody edits."""

import pytest

from orders.models import Order, StripeEvent
from orders.recording import record_order
from stripe_simulator.testing import deliver_due, pay

LIST = "/admin/orders/order/"


@pytest.fixture
def order(as_alice, mug, buy) -> Order:
    checkout = buy(as_alice, mug, 3)
    pay(checkout.stripe_session_id)
    return record_order(checkout.stripe_session_id)


@pytest.fixture
def bobs_order(as_bob, bowl, buy) -> Order:
    checkout = buy(as_bob, bowl, 2)
    pay(checkout.stripe_session_id)
    return record_order(checkout.stripe_session_id)


def test_the_list_shows_number_buyer_products_quantity_amount_and_date(as_staff, order):
    page = as_staff.get(LIST).text

    for shown in (order.number, "alice", "Speckled mug", ">3<", "$57.00", f"{order.paid_at:%Y}"):
        assert shown in page


@pytest.mark.parametrize(
    "find",
    [
        lambda order: order.number,
        lambda order: order.number.lower(),
        lambda order: "alice",
        lambda order: "ALICE@example",
        lambda order: "speckled",
        lambda order: "alice mug",
        lambda order: order.stripe_session_id,
        lambda order: order.stripe_payment_intent_id,
    ],
)
def test_an_order_is_found_by_all_that_staff_know_of_it(as_staff, order, bobs_order, find):
    page = as_staff.get(LIST, {"q": find(order)}).text

    assert order.number in page
    assert bobs_order.number not in page


@pytest.mark.parametrize("words", ["x", "'", '"', "\0", "%", "\\", "9" * 40, "ü" * 500, "a b c d"])
@pytest.mark.parametrize("model", ["orders/order", "orders/stripeevent", "shop/product"])
def test_no_search_breaks_the_list(as_staff, order, model, words):
    assert as_staff.get(f"/admin/{model}/", {"q": words}).status_code == 200


def test_orders_are_filtered_by_review_and_date(as_staff, order, bobs_order):
    Order.objects.filter(pk=order.pk).update(needs_review=True, review_reason="A difference.")
    page = as_staff.get(LIST, {"needs_review__exact": 1, "paid_at__year": order.paid_at.year}).text

    assert order.number in page
    assert bobs_order.number not in page


def test_what_needs_a_look_comes_first(as_staff, order, bobs_order):
    Order.objects.filter(pk=order.pk).update(needs_review=True, review_reason="A difference.")
    page = as_staff.get(LIST).text

    assert page.index(order.number) < page.index(bobs_order.number)
    assert "A difference." in as_staff.get(f"{LIST}{order.pk}/change/").text


def test_an_order_shows_its_lines_money_and_payment(as_staff, order):
    page = as_staff.get(f"{LIST}{order.pk}/change/").text

    for shown in ("Speckled mug", "$19.00", "$57.00", order.stripe_session_id, "alice"):
        assert shown in page


def test_an_order_is_a_record_that_nobody_edits(as_staff, order):
    assert as_staff.post(f"{LIST}{order.pk}/change/", {"total_cents": 1}).status_code == 403
    assert as_staff.post(f"{LIST}{order.pk}/delete/", {"post": "yes"}).status_code == 403
    assert as_staff.get(f"{LIST}add/").status_code == 403
    assert "delete_selected" not in as_staff.get(LIST).text


def test_deleting_a_user_in_the_admin_keeps_the_orders(as_staff, alice, order):
    as_staff.post(f"/admin/accounts/user/{alice.pk}/delete/", {"post": "yes"})

    order.refresh_from_db()
    assert order.user is None
    assert "alice@example.com" in as_staff.get(LIST).text


def test_the_list_costs_the_same_few_queries_however_many_orders(
    as_staff, order, bobs_order, django_assert_max_num_queries
):
    as_staff.get(LIST)
    with django_assert_max_num_queries(11):
        as_staff.get(LIST)


def test_staff_see_the_events_that_came(as_staff, as_alice, mug, buy):
    pay(buy(as_alice, mug).stripe_session_id)
    deliver_due()
    event = StripeEvent.objects.get()

    assert event.stripe_event_id in as_staff.get("/admin/orders/stripeevent/").text


def test_staff_add_an_account(as_staff):
    data = {"username": "dora", "email": "dora@example.com", "usable_password": "true"}
    passwords = {"password1": "a fine long secret", "password2": "a fine long secret"}
    as_staff.post("/admin/accounts/user/add/", data | passwords)

    assert "dora@example.com" in as_staff.get("/admin/accounts/user/").text


@pytest.mark.parametrize("url", [LIST, "/admin/orders/stripeevent/", "/admin/accounts/user/"])
def test_shoppers_are_sent_away(as_alice, url):
    assert as_alice.get(url).url.startswith("/admin/login/")
