"""Orders in the admin: records that staff find, and that nobody edits."""

import itertools
import re
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from orders.mails import send_receipt
from orders.models import STATUSES, Order, StripeEvent
from orders.refunds import refund
from stripe_simulator.testing import deliver_due, pay
from tests.pages import Part, read

LIST = "/admin/orders/order/"


def numbers(page) -> list[str]:
    return read(page).column("Number")


def shown(client, order: Order) -> Part:
    return read(client.get(f"{LIST}{order.pk}/change/"))


@pytest.fixture
def bobs_order(as_bob, bowl, purchase) -> Order:
    return purchase(as_bob, bowl, 2)


def test_the_list_shows_number_buyer_products_quantity_amount_and_date(as_staff, in_may):
    row = read(as_staff.get(LIST)).row(in_may.number)

    del row[""]  # where it is selected
    assert row == {
        "Number": in_may.number,
        "Status": "Paid",
        "Buyer": "alice",
        "Products": "Speckled mug",
        "Quantity": "2",
        "Amount": "$38.00",
        "Paid": "May 3, 2026, 9:30 a.m.",
    }


@pytest.mark.parametrize(
    "find",
    [
        lambda order: order.number,
        lambda order: order.number.lower(),
        lambda order: "alice",
        lambda order: "ALICE@example",
        lambda order: "speckled",
        lambda order: "alice mug",
        lambda order: "ada lovelace",
        lambda order: "12 quay",
        lambda order: "5003",
        lambda order: "AB 123",
        lambda order: order.stripe_session_id,
        lambda order: order.stripe_payment_intent_id,
    ],
)
def test_an_order_is_found_by_all_that_staff_know_of_it(as_staff, order, bobs_order, find):
    parcel = {"shipping_name": "Ada Lovelace", "shipping_address": "12 Quay\n5003 Bergen\nNO"}
    Order.objects.filter(pk=order.pk).update(**parcel, tracking_number="AB 123")

    assert numbers(as_staff.get(LIST, {"q": find(order)})) == [order.number]


@pytest.mark.parametrize("words", ["x", "'", '"', "\0", "%", "\\", "9" * 40, "ü" * 500, "a b c d"])
@pytest.mark.parametrize("model", ["orders/order", "orders/stripeevent", "shop/product"])
def test_no_search_breaks_the_list(as_staff, order, model, words):
    assert as_staff.get(f"/admin/{model}/", {"q": words}).status_code == 200


def test_orders_are_filtered_by_review_and_date(as_staff, order, bobs_order):
    Order.objects.filter(pk=order.pk).update(needs_review=True, review_reason="A difference.")
    page = as_staff.get(LIST, {"status": "needs_review", "paid_at__year": order.paid_at.year})

    assert numbers(page) == [order.number]


def test_what_needs_a_look_comes_first(as_staff, order, bobs_order):
    Order.objects.filter(pk=order.pk).update(needs_review=True, review_reason="A difference.")

    assert numbers(as_staff.get(LIST)) == [order.number, bobs_order.number]
    assert shown(as_staff, order).facts["What happened"] == "A difference."


def test_an_order_shows_its_lines_money_and_payment(as_staff, order):
    page = shown(as_staff, order)

    assert page.rows == [
        {
            "Product name": "Speckled mug",
            "Product": "Speckled mug",
            "Quantity": "2",
            "Unit price": "$19.00",
            "Total": "$38.00",
        }
    ]
    lines = page.part("#lines-group")
    assert lines.headings == ["Order lines"]
    assert lines.part("section").element.get("aria-labelledby") == lines.all("h2")[0].get("id")
    assert page.facts["Stripe session"] == order.stripe_session_id
    assert (page.facts["User"], page.facts["E-mail"]) == ("alice", "alice@example.com")
    assert "Total $38.00" in page.facts["Amounts"]


def test_from_an_orders_page_staff_do_what_it_needs(as_staff, order):
    def acts() -> set[str]:
        tools = shown(as_staff, order).part(".object-tools")
        own = {href for _, href in tools.links} | set(tools.buttons.values())
        assert all(href.startswith(f"{LIST}{order.pk}/") for href in own)
        return {name for name, _ in tools.links} | set(tools.buttons)

    assert acts() == {
        *("Mark as shipped", "Refund", "Correct addresses", "Cancel order"),
        *("Resend receipt", "History"),
    }

    order.ask_for_review("A difference.")
    order.ship("1", "")
    assert acts() == {
        *("Resolve review", "Change tracking", "Not shipped after all"),
        *("Refund", "Correct addresses", "Resend receipt", "History"),
    }


def test_an_order_is_a_record_that_nobody_edits(as_staff, order):
    assert as_staff.post(f"{LIST}{order.pk}/delete/", {"post": "yes"}).status_code == 403
    assert as_staff.get(f"{LIST}add/").status_code == 403
    actions = read(as_staff.get(LIST)).part("select")
    values = [option.get("value") for option in actions.all("option")]
    assert values == ["", "ship", "packing_slips", "export_orders", "export_lines"]


def test_deleting_a_user_in_the_admin_keeps_the_orders(as_staff, alice, order):
    as_staff.post(f"/admin/accounts/user/{alice.pk}/delete/", {"post": "yes"})

    order.refresh_from_db()
    assert order.user is None
    assert read(as_staff.get(LIST)).row(order.number)["Buyer"] == (
        "alice@example.com (account deleted)"
    )


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

    row = read(as_staff.get("/admin/orders/stripeevent/")).row(event.object_id)
    assert row["Type"] == "checkout.session.completed"


def test_staff_add_an_account(as_staff):
    data = {"username": "dora", "email": "dora@example.com", "usable_password": "true"}
    passwords = {"password1": "a fine long secret", "password2": "a fine long secret"}
    as_staff.post("/admin/accounts/user/add/", data | passwords)

    assert read(as_staff.get("/admin/accounts/user/")).row("dora@example.com")


@pytest.mark.parametrize("url", [LIST, "/admin/orders/stripeevent/", "/admin/accounts/user/"])
def test_shoppers_are_sent_away(as_alice, url):
    assert as_alice.get(url).url.startswith("/admin/login/")


# Reviews


def review_url(order: Order) -> str:
    return f"{LIST}{order.pk}/resolve/"


def test_a_review_is_resolved_by_a_note(as_staff, order):
    order.ask_for_review("A difference.")
    assert shown(as_staff, order).link("Resolve review") == review_url(order)
    page = read(as_staff.get(review_url(order)))
    assert page.headings == [f"Review of order {order.number}", "What happened"]
    assert page.paragraphs[0] == "A difference."
    assert page.fields == {"How it was resolved": ""}
    assert page.sent == {"note": "", "reasons_read": "1"}
    assert page.buttons == {"Resolve review": ""}

    as_staff.post(review_url(order), {"note": "Talked to the buyer.", "reasons_read": 1})
    order.refresh_from_db()
    assert not order.needs_review
    facts = shown(as_staff, order).facts
    assert facts["How it was resolved"] == "Talked to the buyer. (staff)"
    assert facts["What happened"] == "A difference."
    assert "Resolve review" not in dict(shown(as_staff, order).links)


def test_the_history_of_an_order_says_who_resolved_its_review(as_staff, order):
    order.ask_for_review("A difference.")
    form = {"note": "Talked to the buyer.", "reasons_read": 1}
    page = as_staff.post(review_url(order), form, follow=True)

    said = read(page, ".messagelist").items
    assert said == [f"Order {order.number} no longer needs review."]
    (entry,) = read(as_staff.get(f"{LIST}{order.pk}/history/")).rows
    assert (entry["User"], entry["Action"]) == ("staff", "Review resolved: Talked to the buyer.")


def test_a_review_is_not_resolved_without_a_note_nor_by_looking(as_staff, order):
    order.ask_for_review("A difference.")
    as_staff.get(review_url(order), {"note": "x"})
    page = as_staff.post(review_url(order), {"note": " ", "reasons_read": 1})

    assert page.context["form"].errors["note"]
    assert read(page, ".errorlist").items == page.context["form"].errors["note"]
    order.refresh_from_db()
    assert order.needs_review


def test_what_happened_after_staff_looked_is_not_resolved_unread(as_staff, order):
    order.ask_for_review("A difference.")
    page = as_staff.get(review_url(order))
    order.ask_for_review("A dispute.")
    form = page.context["form"].initial | {"note": "It is all right."}
    page = as_staff.post(review_url(order), form)

    order.refresh_from_db()
    assert order.needs_review
    assert "something else has happened" in read(page, ".messagelist").text
    assert "A dispute." in read(page).paragraphs[0]
    assert read(page).field("How it was resolved") == "It is all right."
    as_staff.post(review_url(order), page.context["form"].initial)
    order.refresh_from_db()
    assert not order.needs_review


def test_a_double_click_settles_once(as_staff, order):
    order.ask_for_review("A difference.")
    for _ in range(2):
        as_staff.post(review_url(order), {"note": "Done.", "reasons_read": 1})

    order.refresh_from_db()
    assert not order.resolve("Done again.", reasons_read=1)
    assert order.review_note == "Done. (staff)"


def test_of_two_clicks_at_once_neither_asks_staff_to_settle_it_again(as_staff, order, monkeypatch):
    order.ask_for_review("A difference.")
    resolve = Order.resolve

    def resolved_by_the_first(*args):
        resolve(*args)
        return resolve(*args)

    monkeypatch.setattr(Order, "resolve", resolved_by_the_first)
    page = as_staff.post(review_url(order), {"note": "Done.", "reasons_read": 1})

    assert page.status_code == 302


def test_what_happens_while_staff_settle_is_shown_at_once(as_staff, order, monkeypatch):
    order.ask_for_review("A difference.")
    resolve = Order.resolve

    def overtaken(self, *args):
        Order.objects.get(pk=self.pk).ask_for_review("A dispute.")
        return resolve(self, *args)

    monkeypatch.setattr(Order, "resolve", overtaken)
    page = as_staff.post(review_url(order), {"note": "Done.", "reasons_read": 1})

    assert "something else has happened" in read(page, ".messagelist").text
    assert "A dispute." in read(page).paragraphs[0]


def test_a_review_is_of_one_order(as_staff, order, bobs_order):
    for one in (order, bobs_order):
        one.ask_for_review("A difference.")
    as_staff.post(review_url(order), {"note": "Done.", "reasons_read": 1})

    bobs_order.refresh_from_db()
    assert bobs_order.needs_review
    assert not bobs_order.review_note


def test_what_was_noted_of_one_reason_stays_when_the_next_is_settled(order):
    for number, reason in enumerate(("A difference.", "A dispute."), start=1):
        order.ask_for_review(reason)
        assert order.resolve(f"Noted {number}.", reasons_read=number)
        order.refresh_from_db()

    assert order.review_reason == "A difference.\nA dispute."
    assert order.review_note == "Noted 1.\nNoted 2."


def test_the_same_reason_asks_once_and_a_new_one_asks_again(order):
    order.ask_for_review("A difference.")
    order.resolve("Done.", reasons_read=1)
    order.refresh_from_db()
    order.ask_for_review("A difference.")
    assert not order.needs_review

    order.ask_for_review("Another one.")
    assert order.needs_review
    assert order.review_reason == "A difference.\nAnother one."


def test_the_database_refuses_a_review_without_a_reason(order):
    with pytest.raises(IntegrityError, match="a_review_has_a_reason"), transaction.atomic():
        Order.objects.update(needs_review=True)


def test_shoppers_settle_no_reviews(as_alice, order):
    assert as_alice.post(review_url(order), {"note": "x"}).url.startswith("/admin/login/")


@pytest.mark.parametrize("url", ["refund", "resolve"])
def test_an_order_that_does_not_exist_is_a_404(as_staff, url):
    assert as_staff.get(f"{LIST}{2**63}/{url}/").status_code == 404


def test_the_payment_is_linked_to_stripes_dashboard(as_staff, order, settings):
    name = order.stripe_payment_intent_id
    assert shown(as_staff, order).facts["Stripe payment"] == name

    settings.STRIPE_SIMULATED = False
    settings.STRIPE_SECRET_KEY = "sk_test_abc"
    payment = f"payments/{name}"
    link = f"{name} in Stripe’s dashboard"
    assert shown(as_staff, order).link(link) == f"https://dashboard.stripe.com/test/{payment}"
    settings.STRIPE_SECRET_KEY = "sk_live_abc"
    assert shown(as_staff, order).link(link) == f"https://dashboard.stripe.com/{payment}"
    Order.objects.update(stripe_payment_intent_id=None)  # nothing was paid
    assert "dashboard" not in shown(as_staff, order).text


def test_an_orders_page_tells_what_happened_to_it(as_staff, order):
    send_receipt(order.pk)
    refund(order, 1900, "requested_by_customer", uuid4())
    story = shown(as_staff, order).part(".timeline").items

    assert [re.split(r" [ap]\.m\. | noon | midnight ", words)[1] for words in story] == [
        *("Paid $38.00", "Receipt sent to alice@example.com", "Refunded $19.00")
    ]


def test_staff_are_not_sent_to_the_page_that_only_the_buyer_may_see(as_staff, order):
    assert "View on site" not in dict(shown(as_staff, order).links)
    assert as_staff.get(order.get_absolute_url()).status_code == 404


@pytest.mark.parametrize(
    ("change", "badge"),
    [
        ({}, ("paid", "Paid")),
        ({"shipped_at": timezone.now()}, ("shipped", "Shipped")),
        ({"refunded_cents": 1}, ("partially-refunded", "Partially refunded")),
        ({"disputed": True}, ("disputed", "Paid, disputed")),
        (
            {"needs_review": True, "review_reason": "x", "disputed": True},
            ("needs-review", "Paid, needs review, disputed"),
        ),
    ],
)
def test_the_status_is_a_word_before_it_is_a_colour(as_staff, order, change, badge):
    Order.objects.update(**change)

    kind, words = badge
    assert read(as_staff.get(LIST), f".badge-{kind}").text == words


@pytest.mark.parametrize("key", STATUSES)
def test_a_filter_lists_the_orders_whose_status_says_so(as_staff, purchase, as_alice, mug, key):
    order = purchase(as_alice, mug)
    values = {field.attname: getattr(order, field.attname) for field in Order._meta.fields}
    ends = [{}, {"shipped_at": order.paid_at}, {"cancelled_at": order.paid_at}]
    for number, (end, total, refunded) in enumerate(
        itertools.product(ends, [0, 1900], [0, 1000, 1900])
    ):
        if refunded <= total:
            Order.objects.create(
                **values
                | {"id": None, "number": f"NUMBER{number:02}", "stripe_payment_intent_id": None}
                | {"stripe_session_id": f"cs_test_{number}"}
                | end
                | {"total_cents": total, "refunded_cents": refunded}
            )
    page = as_staff.get(LIST, {"status": key})
    listed = {found.number for found in page.context["cl"].queryset}

    words, _ = STATUSES[key]
    saying_so = {
        found.number
        for found in Order.objects.all()
        if words.lower() in found.status.lower().split(", ")
    }
    assert listed == saying_so != set()
