"""Money back: never more than was paid, and always what Stripe's own list says."""

from uuid import uuid4

import pytest
from django.contrib.admin.models import LogEntry
from django.db import IntegrityError, transaction

from orders.forms import RefundForm
from orders.models import Order, Refund, StripeEvent
from orders.refunds import TooMuch, refund, sync_refunds
from shop.models import Checkout, Shop
from shop.payments import PaymentError, PaymentRefused
from stripe_simulator.testing import (
    close_dispute,
    deliver_due,
    fail_refund,
    inject_fault,
    open_dispute,
    pay,
    refund_at_stripe,
    set_webhooks,
)
from tests.pages import read, told, words
from tests.recorded import stripe_calls

Status = Refund.Status
TWO_DECIMALS = "Write 2 decimals behind a point, and no other sign."


@pytest.fixture
def order(as_alice, mug, buy) -> Order:
    """Five mugs for $95.00."""
    checkout = buy(as_alice, mug, 5)
    pay(checkout.stripe_session_id)
    deliver_due()
    return Order.objects.get()


def give_back(order: Order, amount_cents: int) -> Refund:
    return refund(order, amount_cents, "requested_by_customer", uuid4())


def test_a_refund_in_full_says_so(order):
    give_back(order, 9500)

    order.refresh_from_db()
    assert (order.refunded_cents, order.status) == (9500, "Refunded")
    assert Refund.objects.get().stripe_refund_id.startswith("re_")


def test_a_refund_in_part_says_so_and_the_rest_can_follow(order):
    give_back(order, 3000)
    order.refresh_from_db()
    assert (order.refunded_cents, order.status) == (3000, "Partially refunded")

    give_back(order, 6500)
    order.refresh_from_db()
    assert order.status == "Refunded"


@pytest.mark.parametrize("amounts", [[9501], [7100, 3000], [0], [-1], [9500, 1]])
def test_never_more_than_was_paid(order, amounts):
    *first, last = amounts
    for amount in first:
        give_back(order, amount)
    with stripe_calls() as calls, pytest.raises(TooMuch):
        give_back(order, last)

    assert not calls
    order.refresh_from_db()
    assert order.refunded_cents == sum(first)


def test_a_cent_can_be_given_back(order):
    assert give_back(order, 1).amount_cents == 1


def test_the_database_refuses_more_than_was_paid(order):
    with pytest.raises(IntegrityError, match="refunds_never_exceed"), transaction.atomic():
        Order.objects.update(refunded_cents=9501)


def test_the_database_refuses_a_refund_of_nothing(order):
    with pytest.raises(IntegrityError, match="a_refund_is_positive"), transaction.atomic():
        Refund.objects.create(order=order, amount_cents=0)


def test_the_same_request_twice_is_one_refund(order):
    request_id = uuid4()
    with stripe_calls() as calls:
        for _ in range(2):
            refund(order, 3000, "", request_id)

    assert Refund.objects.get().amount_cents == 3000
    assert [call.method for call in calls] == ["POST", "GET"]


def test_what_stripe_refuses_counts_for_nothing(order):
    refund_at_stripe(order.stripe_payment_intent_id)  # its event has not arrived
    with pytest.raises(PaymentRefused):
        give_back(order, 3000)

    order.refresh_from_db()
    assert order.refunded_cents == 0
    assert Refund.objects.get().status == Status.FAILED
    deliver_due()
    order.refresh_from_db()
    assert order.status == "Refunded"


def test_a_lost_answer_leaves_one_refund_however_it_is_learned_of(order):
    request_id = uuid4()
    inject_fault("POST", "/v1/refunds", "read_timeout_after", times=3)
    with pytest.raises(PaymentError):
        refund(order, 3000, "", request_id)
    order.refresh_from_db()
    # It may have been made, so nobody else may have it; nor is it called refunded.
    assert (order.refunded_cents, order.refundable_cents) == (0, 6500)

    deliver_due()
    refund(order, 3000, "", request_id)
    sync_refunds(order.stripe_payment_intent_id)

    only = Refund.objects.get()
    assert (only.pk, only.status) == (request_id, Status.SUCCEEDED)
    order.refresh_from_db()
    assert order.refunded_cents == 3000


def test_refunds_in_the_dashboard_become_rows(order):
    for amount in (1000, 2500):
        refund_at_stripe(order.stripe_payment_intent_id, amount)
    deliver_due()

    order.refresh_from_db()
    assert order.refunded_cents == 3500
    assert [each.amount_cents for each in order.refunds.all()] == [1000, 2500]  # as they were made


def test_a_refund_in_the_dashboard_keeps_its_reason(order):
    payment_id = order.stripe_payment_intent_id
    refund_at_stripe(payment_id, 1000, params={"reason": "fraudulent"})
    sync_refunds(payment_id)

    assert Refund.objects.get().reason == "fraudulent"


def test_a_refund_that_fails_later_is_taken_back(order):
    made = give_back(order, 3000)
    fail_refund(made.stripe_refund_id)
    deliver_due()

    order.refresh_from_db()
    assert (order.refunded_cents, order.status) == (0, "Paid")
    made.refresh_from_db()
    assert made.status == Status.FAILED


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("pending", "requires_action"),
        ("requires_action", "a new word"),
        ("a new word", "pending"),
        ("pending", "succeeded"),
        ("pending", "canceled"),
        ("succeeded", "failed"),
    ],
)
def test_a_refund_moves_on(before, after):
    refund = Refund(status=before)
    refund.move_on(after)

    assert refund.status == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("succeeded", "pending"),
        ("succeeded", "a new word"),
        ("failed", "succeeded"),
        ("failed", "pending"),
        ("failed", "canceled"),
        ("canceled", "succeeded"),
        ("canceled", "pending"),
        ("canceled", "failed"),
    ],
)
def test_a_refund_never_moves_back(before, after):
    refund = Refund(status=before)
    refund.move_on(after)

    assert refund.status == before


def test_a_stale_answer_does_not_bring_a_failed_refund_back(order):
    made = give_back(order, 3000)
    fail_refund(made.stripe_refund_id)
    deliver_due()
    made.refresh_from_db()
    made.move_on(Status.SUCCEEDED)

    assert made.status == Status.FAILED


@pytest.mark.parametrize("mode", ["duplicate", "reordered"])
def test_events_twice_and_out_of_order_end_where_stripe_is(order, mode):
    set_webhooks(mode)
    first = refund_at_stripe(order.stripe_payment_intent_id, 1000)
    refund_at_stripe(order.stripe_payment_intent_id, 2500)
    fail_refund(first["id"])
    deliver_due()

    order.refresh_from_db()
    assert order.refunded_cents == 2500
    assert sorted(order.refunds.values_list("amount_cents", "status")) == [
        (1000, "failed"),
        (2500, "succeeded"),
    ]


def test_a_refund_that_is_heard_of_before_the_payment_is_recorded_all_the_same(as_alice, mug, buy):
    checkout = buy(as_alice, mug, 5)
    set_webhooks("lost")
    payment_id = pay(checkout.stripe_session_id)["payment_intent"]
    set_webhooks("normal")
    refund_at_stripe(payment_id, 1000)
    deliver_due()

    order = Order.objects.get()
    assert (order.total_cents, order.refunded_cents) == (9500, 1000)


def test_the_refund_of_another_shops_payment_is_accepted_and_ignored(order):
    Order.objects.all().delete()
    Checkout.objects.all().delete()
    Shop.objects.update(stripe_key=uuid4())
    refund_at_stripe(order.stripe_payment_intent_id, 1000)
    deliver_due()

    assert not Order.objects.exists()
    assert not StripeEvent.objects.filter(handled_at=None).exists()


def test_a_dispute_flags_the_order_once(order):
    set_webhooks("duplicate")
    open_dispute(order.stripe_payment_intent_id)
    deliver_due()

    order.refresh_from_db()
    assert order.disputed
    assert order.needs_review
    assert order.review_reason.count("disputes the payment") == 1


def test_a_won_dispute_lifts_the_flag_and_says_that_the_parcel_may_go(order):
    open_dispute(order.stripe_payment_intent_id)
    deliver_due()
    order.refresh_from_db()
    order.resolve("Answered at Stripe.", 1)
    close_dispute(order.stripe_payment_intent_id, won=True)
    deliver_due()

    order.refresh_from_db()
    assert (order.disputed, order.lost_cents) == (False, 0)
    assert order.reasons[1].startswith("The dispute was won")


def test_while_the_bank_only_asks_money_can_still_be_given_back(order):
    open_dispute(order.stripe_payment_intent_id, status="warning_needs_response")
    deliver_due()

    order.refresh_from_db()
    assert order.refundable_cents == order.total_cents


def test_what_banks_took_is_added_up_and_cannot_be_given_back(order):
    def end(status: str, amount_cents: int) -> tuple[bool, int, int]:
        order.disputes.create(
            stripe_dispute_id=f"du_{uuid4()}",
            status=status,
            amount_cents=amount_cents,
            is_charge_refundable=True,
            created_at=order.paid_at,
        )
        order.count_disputes()
        order.refresh_from_db()
        return order.disputed, order.lost_cents, order.refundable_cents

    assert end("won", 900) == (False, 0, 9500)
    assert end("lost", 2000) == (True, 2000, 7500)
    assert end("lost", 500) == (True, 2500, 7000)
    assert end("lost", 9500) == (True, 9500, 0)  # never more than was paid


# In the admin


def url(order: Order) -> str:
    return f"/admin/orders/order/{order.pk}/refund/"


def form(page) -> dict[str, str]:
    return {"refund_id": str(page.context["by_amount"]["refund_id"].value())}


def test_staff_refund_in_two_steps_with_what_is_left_prefilled(as_staff, as_alice, order):
    give_back(order, 3000)
    page = as_staff.get(url(order))
    assert read(page).paragraphs[0] == "Paid $95.00, refunded $30.00, left $65.00."
    assert read(page).field("Amount (USD)") == "65.00"
    assert read(page).buttons == {"Choose these products": "", "Continue": ""}
    reason = {"reason": "requested_by_customer"}
    by_amount = {"amount": "65.00"} | reason | form(page)
    assert by_amount.items() <= read(page).sent.items()

    asked = {"amount": "20.00", "reason": "duplicate"} | form(page)
    confirmation = as_staff.post(url(order), asked)
    assert "Refund $20.00 of order" in read(confirmation).paragraphs[1]
    assert f"order {order.number} to alice@example.com?" in read(confirmation).paragraphs[1]
    assert read(confirmation).sent == asked | {"confirmed": "true"}
    names = [field.get("name") for field in read(confirmation).all("input")]
    assert len(names) == len(set(names))  # or one of them says that it is not confirmed
    assert not read(confirmation).has("ul")  # of products
    assert read(confirmation).buttons == {"Refund $20.00": ""}
    order_page = f"/admin/orders/order/{order.pk}/change/"
    assert read(confirmation).link("Do not refund") == order_page
    assert Refund.objects.count() == 1

    done = as_staff.post(url(order), asked | {"confirmed": "true"}, follow=True)
    order.refresh_from_db()
    assert order.refunded_cents == 5000
    assert told(done) == ["$20.00 refunded."]
    own = read(as_alice.get(order.get_absolute_url()))
    assert own.part(".progress-line").items[-1].startswith("Partially refunded ")
    assert "−$20.00" in [words(amount) for amount in own.part(".sums").all("dd")]


def test_the_refund_page_says_where_it_is(as_staff, order):
    trail = read(as_staff.get(url(order)), ".breadcrumbs")

    assert trail.text.endswith(f"› Refund order {order.number}")
    assert trail.links == [
        ("Home", "/admin/"),
        ("Orders", "/admin/orders/order/"),
        (order.number, f"/admin/orders/order/{order.pk}/change/"),
    ]


def test_the_refund_page_looks_like_the_rest_of_the_admin(as_staff, order):
    styles = [link.get("href") for link in read(as_staff.get(url(order)), "head").all("link")]

    for style in ("admin/css/base.css", "shop/css/admin.css", "admin/css/forms.css"):
        assert f"/static/{style}" in styles


def test_a_form_that_was_tampered_with_is_refused_in_words(as_staff, order):
    asked = {"amount": "1.00", "reason": "duplicate", "refund_id": "x", "confirmed": "true"}
    page = as_staff.post(url(order), asked)

    assert read(page, ".errorlist").items == page.context["form"].errors["refund_id"]
    assert not Refund.objects.exists()


def test_a_form_of_another_orders_refund_gives_nothing_back(as_staff, order, mug, as_bob, purchase):
    theirs = give_back(purchase(as_bob, mug), 100)
    asked = {"amount": "1.00", "reason": "duplicate", "refund_id": theirs.pk, "confirmed": "true"}
    page = as_staff.post(f"/admin/orders/order/{order.pk}/refund/", asked)

    assert read(page, ".errorlist").items == ["This form belongs to another order. Open a new one."]
    assert not order.refunds.exists()


def test_a_double_click_on_the_confirmation_refunds_once(as_staff, order):
    asked = {"amount": "20.00", "reason": "duplicate", "confirmed": "true"}
    asked |= form(as_staff.get(url(order)))
    for _ in range(2):
        as_staff.post(url(order), asked)

    order.refresh_from_db()
    assert order.refunded_cents == 2000


@pytest.mark.parametrize("amount", ["0", "-1", "100.005", "95.01", "abc", "", "NaN", "1e9"])
def test_an_amount_that_cannot_be_refunded_is_kept_and_explained(as_staff, order, amount):
    asked = {"amount": amount, "reason": "duplicate", "confirmed": "true"}
    page = as_staff.post(url(order), asked | form(as_staff.get(url(order))))

    assert page.status_code == 200
    assert read(page, ".errorlist").items == page.context["form"].errors["amount"]
    assert read(page).field("Amount (USD)") == amount
    assert not Refund.objects.exists()


@pytest.mark.parametrize(
    ("currency", "amount", "words"),
    [
        ("usd", "95.01", "At most $95.00 is left to refund."),
        ("usd", "0", "Write how much to give back."),
        ("usd", "1,250", "1,250 can be read as 1250 or as 1.25. " + TWO_DECIMALS),
        ("isk", "12.50", "ISK has no decimals."),
        ("kwd", "1.234", "The third decimal of KWD has to be 0: Stripe takes no other."),
    ],
)
def test_an_amount_that_stripe_would_refuse_is_refused_in_words(order, currency, amount, words):
    order.currency = currency
    refused = RefundForm(order, {"amount": amount, "reason": "duplicate", "refund_id": uuid4()})

    assert refused.errors["amount"] == [words]


@pytest.mark.parametrize(
    ("currency", "amount", "cents"),
    [("usd", "20,5", 2050), ("usd", "0.01", 1), ("isk", "20", 2000), ("isk", "95.00", 9500)],
)
def test_an_amount_is_given_back_as_it_was_typed(order, currency, amount, cents):
    order.currency = currency
    form = RefundForm(order, {"amount": amount, "reason": "duplicate", "refund_id": uuid4()})

    assert form.is_valid()
    assert form.amount_cents == cents


def test_all_that_is_left_may_be_given_back_whatever_its_decimals(order):
    Order.objects.update(currency="isk", total_cents=9550, subtotal_cents=9550)
    order.refresh_from_db()
    form = RefundForm(order, {"amount": "95.50", "reason": "duplicate", "refund_id": uuid4()})

    assert form.is_valid()


@pytest.mark.parametrize("fault", ["connect_timeout", "read_timeout_after", "error_429"])
def test_staff_read_that_a_refund_is_pending_when_stripe_does_not_answer(as_staff, order, fault):
    inject_fault("POST", "/v1/refunds", fault, times=3)
    asked = {"amount": "1.00", "reason": "duplicate", "confirmed": "true"}
    page = as_staff.post(url(order), asked | form(as_staff.get(url(order))), follow=True)

    (said,) = told(page)
    assert said.startswith("Stripe gave no clear answer, so the refund of $1.00 is pending.")
    order.refresh_from_db()
    assert order.refundable_cents == 9400


def test_staff_read_that_stripe_refused(as_staff, order):
    refund_at_stripe(order.stripe_payment_intent_id)
    asked = {"amount": "1.00", "reason": "duplicate", "confirmed": "true"}
    page = as_staff.post(url(order), asked | form(as_staff.get(url(order))), follow=True)

    assert told(page) == ["Stripe refused to refund $1.00. Nothing was refunded."]


def test_a_double_click_on_a_refund_that_is_refused_does_not_say_refunded(as_staff, order):
    refund_at_stripe(order.stripe_payment_intent_id)
    asked = {"amount": "1.00", "reason": "duplicate", "confirmed": "true"}
    asked |= form(as_staff.get(url(order)))
    for _ in range(2):
        page = as_staff.post(url(order), asked, follow=True)

    assert told(page) == ["Stripe refused to refund $1.00. Nothing was refunded."]


def test_the_history_of_an_order_tells_how_a_refund_went(as_staff, order):
    def ask() -> str:
        asked = {"amount": "1.00", "reason": "duplicate", "confirmed": "true"}
        as_staff.post(url(order), asked | form(as_staff.get(url(order))))
        return LogEntry.objects.latest("pk").change_message

    assert ask() == "Refund of $1.00 (duplicate)."
    inject_fault("POST", "/v1/refunds", "connect_timeout", times=3)
    assert ask() == "Refund of $1.00 (duplicate), pending."
    refund_at_stripe(order.stripe_payment_intent_id)
    assert ask() == "Refund of $1.00 (duplicate), refused by Stripe."


@pytest.fixture
def sent_again(as_staff, order):
    """Send the form for $20.00, then the same form for $30.00 and with another reason: what staff
    are told each time."""

    def send(meanwhile=lambda: None) -> list[list[str]]:
        asked = {"amount": "20.00", "reason": "duplicate", "confirmed": "true"}
        asked |= form(as_staff.get(url(order)))
        first = told(as_staff.post(url(order), asked, follow=True))
        meanwhile()
        again = asked | {"amount": "30.00", "reason": "fraudulent"}
        return [first, told(as_staff.post(url(order), again, follow=True))]

    return send


PENDING = (
    "Stripe gave no clear answer, so the refund of $20.00 is pending. It will complete "
    "automatically, or the order will ask for a review; do not refund it again."
)
ASKED_BEFORE = "This form has asked for $20.00 before. Open a new one to refund another amount."


def history(order: Order) -> list[str]:
    entries = LogEntry.objects.filter(object_id=order.pk, content_type__model="order")
    return list(entries.order_by("pk").values_list("change_message", flat=True))


def test_a_form_that_refunded_does_not_refund_another_amount(order, sent_again):
    first, again = sent_again()

    assert first == ["$20.00 refunded."]
    assert again == ["$20.00 refunded.", ASKED_BEFORE]
    assert refunded(order) == [(2000, "succeeded")]
    assert history(order) == ["Refund of $20.00 (duplicate)."]


def test_a_form_whose_refund_is_pending_finishes_that_and_asks_for_no_other(order, sent_again):
    inject_fault("POST", "/v1/refunds", "connect_timeout", times=3)
    first, again = sent_again()

    assert first == [PENDING]
    assert again == ["$20.00 refunded.", ASKED_BEFORE]
    assert refunded(order) == [(2000, "succeeded")]
    assert history(order) == [
        "Refund of $20.00 (duplicate), pending.",
        "Refund of $20.00 (duplicate).",
    ]


def test_a_refund_that_stays_pending_is_told_once_in_the_history(order, sent_again):
    inject_fault("POST", "/v1/refunds", "connect_timeout", times=6)
    _, again = sent_again()

    assert again == [PENDING, ASKED_BEFORE]
    assert refunded(order) == [(2000, "pending")]
    assert history(order) == ["Refund of $20.00 (duplicate), pending."]


def test_an_earlier_refund_is_not_taken_for_one_that_stays_pending(order, sent_again):
    give_back(order, 100)
    inject_fault("POST", "/v1/refunds", "connect_timeout", times=6)
    sent_again()

    assert history(order) == ["Refund of $20.00 (duplicate), pending."]


def test_a_form_whose_refund_was_refused_asks_for_nothing_more(order, sent_again):
    refund_at_stripe(order.stripe_payment_intent_id)
    first, again = sent_again()

    assert first == ["Stripe refused to refund $20.00. Nothing was refunded."]
    assert again == [*first, ASKED_BEFORE]
    assert Refund.objects.get(amount_cents=2000).status == "failed"
    assert not Refund.objects.filter(amount_cents=3000).exists()
    assert history(order) == ["Refund of $20.00 (duplicate), refused by Stripe."]


def refunded(order: Order) -> list[tuple[int, str]]:
    return list(order.refunds.values_list("amount_cents", "status"))


def test_staff_read_that_a_colleague_was_faster(as_staff, order, monkeypatch):
    from orders import admin_views

    asked = {"amount": "95.00", "reason": "duplicate", "confirmed": "true"}
    asked |= form(as_staff.get(url(order)))

    def colleague_first(*args):
        monkeypatch.setattr(admin_views, "refund", refund)
        give_back(order, 100)
        return refund(*args)

    monkeypatch.setattr(admin_views, "refund", colleague_first)
    said = told(as_staff.post(url(order), asked, follow=True))
    assert said == ["Not refunded: $95.00 is more than what is left."]


def test_only_who_may_refund_does(as_alice, order, db, as_clerk):
    client = as_clerk("view_order")
    asked = {"amount": "1.00", "reason": "duplicate", "confirmed": "true", "refund_id": uuid4()}

    assert as_alice.post(url(order), asked).url.startswith("/admin/login/")
    assert client.post(url(order), asked).status_code == 403
    page = client.get(f"/admin/orders/order/{order.pk}/change/")
    assert page.status_code == 200
    assert url(order) not in read(page).targets
    assert not Refund.objects.exists()


def test_a_get_refunds_nothing(as_staff, order):
    as_staff.get(url(order), {"amount": "1.00", "confirmed": "true", "refund_id": str(uuid4())})

    assert not Refund.objects.exists()


def test_an_order_that_was_refunded_whole_has_nothing_left(as_staff, order):
    give_back(order, 9500)
    page = as_staff.get(url(order))

    assert read(page).paragraphs[1:] == ["Already fully refunded, or on its way."]
    assert read(page).fields == {}
    page = read(as_staff.get(f"/admin/orders/order/{order.pk}/change/"))
    assert url(order) not in page.targets


def test_a_disputed_payment_is_not_said_to_be_given_back(as_staff, order):
    open_dispute(order.stripe_payment_intent_id)
    deliver_due()

    (_, why) = read(as_staff.get(url(order))).paragraphs
    assert why.endswith("Stripe can’t refund it now.")


@pytest.mark.parametrize(
    ("status", "shown"),
    [
        ("paid", False),
        ("partly", True),
        ("refunded", False),
        ("disputed", False),
    ],
)
def test_orders_are_filtered_by_status(as_staff, order, status, shown):
    give_back(order, 100)
    page = as_staff.get("/admin/orders/order/", {"status": status})

    assert read(page).column("Number") == [order.number] * shown
