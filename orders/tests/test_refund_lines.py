"""Money back for products: what was paid for them, and into stock again where staff say so."""

from uuid import uuid4

import pytest
from django.contrib.admin.models import LogEntry
from django.core import mail
from django.db import IntegrityError, transaction

from orders import mails
from orders.models import Order, OrderLine, Refund, RefundLine
from orders.reconcile import reconcile
from orders.refund_lines import Returned, paid_for
from orders.refunds import TooMuch, refund
from shop.models import Product
from stripe_simulator.testing import (
    close_dispute,
    deliver_due,
    fail_refund,
    inject_fault,
    open_dispute,
    refund_at_stripe,
)
from tests.pages import read, told


@pytest.fixture
def order(as_alice, mug, purchase) -> Order:
    """Four mugs for $76.00; six are left."""
    Product.objects.update(stock=10)
    return purchase(as_alice, mug, 4)


@pytest.fixture
def line(order) -> OrderLine:
    return order.lines.get()


def url(order: Order) -> str:
    return f"/admin/orders/order/{order.pk}/refund/"


def stock() -> int | None:
    return Product.objects.get().stock


@pytest.fixture
def ask(as_staff, order, line):
    """From the page to the confirmation: what the browser sends next."""

    def ask(quantity: int | str, *, put_back: bool = False) -> dict[str, str]:
        page = read(as_staff.get(url(order)))
        sent = {name: said for name, said in page.sent.items() if name.startswith("lines-")}
        sent = {name: said for name, said in sent.items() if "put_back" not in name}
        sent |= {f"lines-quantity_{line.pk}": str(quantity)}
        if put_back:
            sent |= {f"lines-put_back_{line.pk}": "on"}
        return read(as_staff.post(url(order), sent)).sent

    return ask


def given() -> list[tuple[int, int, bool]]:
    columns = ("refund__amount_cents", "quantity", "is_put_back")
    return list(RefundLine.objects.values_list(*columns))


def test_staff_give_the_money_back_for_a_product_and_put_it_in_stock(as_staff, order, ask):
    asked = ask(2, put_back=True)
    confirmation = read(as_staff.post(url(order), asked | {"lines-confirmed": ""}))
    assert confirmation.items == ["2 × Speckled mug, which goes back in stock"]
    assert confirmation.buttons == {"Refund $38.00": ""}
    assert not Refund.objects.exists()
    done = as_staff.post(url(order), asked, follow=True)

    assert told(done) == ["$38.00 refunded."]
    assert given() == [(3800, 2, True)]
    assert stock() == 8
    assert LogEntry.objects.latest("pk").change_message == (
        "Refund of $38.00 for 2 × Speckled mug, back in stock 2 × Speckled mug "
        "(requested_by_customer)."
    )
    page = read(as_staff.get(f"/admin/orders/order/{order.pk}/change/"))
    assert page.row("$38.00")["Products"] == "2 × Speckled mug"


def test_the_buyer_reads_what_the_money_went_back_for(as_staff, order, ask):
    mail.outbox.clear()
    as_staff.post(url(order), ask(2))
    mails.refunded(Refund.objects.get().pk)

    (message,) = mail.outbox
    assert message.subject == f"Your refund for order {order.number}"
    assert "For 2 × Speckled mug\n" in message.body


def test_the_page_asks_first_how_many_of_what_is_left_go_back_and_takes_none(as_staff, order, line):
    refund(order, 1900, "", uuid4(), [Returned(line, 1)])
    fields = read(as_staff.get(url(order))).fields

    assert [*fields][:2] == ["Speckled mug, of 3", "Put Speckled mug back in stock"]
    assert fields["Speckled mug, of 3"] == "0"


def test_how_many_go_back_is_typed_with_digits_alone(as_staff, order, line):
    page = read(as_staff.get(url(order)))

    assert page.part(f"#id_lines-quantity_{line.pk}").element.get("inputmode") == "numeric"


def test_what_is_no_product_of_ours_any_more_is_given_back_and_not_put_back(as_staff, order, line):
    order.lines.update(product=None)
    fields = read(as_staff.get(url(order))).fields

    assert "Speckled mug, of 4" in fields
    assert "Put Speckled mug back in stock" not in fields


def test_a_double_click_gives_back_and_puts_back_once(as_staff, order, ask):
    asked = ask(4, put_back=True)
    for _ in range(2):
        done = as_staff.post(url(order), asked, follow=True)
    deliver_due()

    assert told(done) == ["$76.00 refunded."]
    assert given() == [(7600, 4, True)]
    assert stock() == 10


def test_what_staff_do_not_put_back_stays_sold(as_staff, order, ask):
    asked = ask(4)
    confirmation = read(as_staff.post(url(order), asked | {"lines-confirmed": ""}))
    assert confirmation.items == ["4 × Speckled mug"]
    as_staff.post(url(order), asked)

    assert stock() == 6


def test_what_is_put_back_says_of_which_order_it_was(as_staff, order, ask):
    as_staff.post(url(order), ask(2, put_back=True))

    moved = Product.objects.get().stock_movements.get(reason="return")
    assert (moved.change, moved.order_number) == (2, order.number)


def test_what_was_cancelled_is_not_put_back_once_more(as_staff, order, ask):
    Order.objects.update(cancelled_at=order.paid_at)

    assert "Put Speckled mug back in stock" not in read(as_staff.get(url(order))).fields
    as_staff.post(url(order), ask(1))
    assert given() == [(1900, 1, False)]


def test_what_is_not_counted_stays_so(as_staff, order, line):
    Product.objects.update(stock=None)
    assert "Put Speckled mug back in stock" not in read(as_staff.get(url(order))).fields
    refund(order, 1900, "", uuid4(), [Returned(line, 1, True)])

    assert stock() is None


def test_an_answer_that_was_lost_puts_back_once_when_it_is_learned_of(as_staff, order, ask):
    inject_fault("POST", "/v1/refunds", "read_timeout_after", times=3)
    asked = ask(2, put_back=True)
    as_staff.post(url(order), asked)
    assert stock() == 6

    deliver_due()
    as_staff.post(url(order), asked)
    reconcile(order.paid_at)
    assert stock() == 8


def test_a_refund_that_stripe_refuses_puts_nothing_back(as_staff, order, ask):
    asked = ask(2, put_back=True)
    refund_at_stripe(order.stripe_payment_intent_id)
    as_staff.post(url(order), asked)

    assert stock() == 6
    order.refresh_from_db()
    fields = read(as_staff.get(url(order)))
    assert fields.paragraphs[0].startswith("Paid $76.00")


def test_what_failed_later_stays_in_stock_and_can_be_given_back_again(as_staff, order, ask):
    as_staff.post(url(order), ask(4, put_back=True))
    fail_refund(Refund.objects.get().stripe_refund_id)
    deliver_due()

    assert stock() == 10
    assert "Speckled mug, of 4" in read(as_staff.get(url(order))).fields


@pytest.mark.parametrize(
    ("quantity", "why"),
    [
        ("5", "At most 4 of them can be given back."),
        ("0", "Write how many of which product are given back."),
        ("", "Write how many of which product are given back."),
        ("-1", "Ensure this value is greater than or equal to 0."),
        ("abc", "Enter a whole number."),
    ],
)
def test_a_quantity_that_cannot_be_given_back_is_kept_and_explained(
    as_staff, order, line, quantity, why
):
    sent = {"lines-refund_id": str(uuid4()), "lines-reason": "duplicate"}
    sent |= {f"lines-quantity_{line.pk}": quantity, "lines-confirmed": "true"}
    page = as_staff.post(url(order), sent)

    assert read(page, ".errorlist").items == [why]
    assert read(page).field("Speckled mug, of 4") == quantity
    assert not Refund.objects.exists()


def test_of_what_went_back_before_no_more_can_be_chosen_than_is_left(as_staff, order, line):
    refund(order, 1900, "", uuid4(), [Returned(line, 1)])
    sent = {"lines-refund_id": str(uuid4()), "lines-reason": "duplicate"}
    page = as_staff.post(url(order), sent | {f"lines-quantity_{line.pk}": "4"})

    assert read(page, ".errorlist").items == ["At most 3 of them can be given back."]


def test_who_chooses_what_nothing_was_paid_for_is_told_so(as_staff, order, line):
    Order.objects.update(discount_cents=7600, shipping_cents=490, total_cents=490)
    sent = {"lines-refund_id": str(uuid4()), "lines-reason": "duplicate"}
    page = as_staff.post(url(order), sent | {f"lines-quantity_{line.pk}": "1"})

    assert read(page, ".errorlist").items == ["Nothing is left of what was paid for them."]


def test_what_changed_since_staff_saw_the_amount_is_asked_again(as_staff, order, ask):
    asked = ask(4)
    refund(order, 100, "", uuid4())
    page = read(as_staff.post(url(order), asked))

    assert page.buttons == {"Refund $75.00": ""}
    as_staff.post(url(order), page.sent)
    order.refresh_from_db()
    assert order.refunded_cents == 7600


def test_of_two_who_give_the_same_product_back_the_second_is_told(as_staff, order, line):
    refund(order, 1900, "", uuid4(), [Returned(line, 3)])
    with pytest.raises(TooMuch):
        refund(order, 1900, "", uuid4(), [Returned(line, 2)])


@pytest.fixture
def mixed(order, line, bowl) -> tuple[Order, OrderLine, OrderLine]:
    """Four mugs and a bowl, with a discount, delivery and tax on top."""
    other = order.lines.create(
        product=bowl, product_name="Walnut bowl", unit_price_cents=5450, quantity=1
    )
    order.subtotal_cents, order.discount_cents, order.shipping_cents = 13050, 1305, 490
    order.tax_cents, order.total_cents = 2447, 14682
    order.save()
    return order, line, other


def test_discount_and_tax_go_back_in_proportion_and_delivery_does_not(mixed):
    order, line, bowl = mixed

    assert paid_for(order, [Returned(line, 4), Returned(bowl, 1)]) == 14094  # 117.45 and 20 %
    assert paid_for(order, [Returned(bowl, 1)]) == 5886


def test_parts_add_up_to_the_whole_in_any_order(mixed):
    order, line, bowl = mixed
    parts = [[Returned(line, 1)], [Returned(bowl, 1)], [Returned(line, 2)], [Returned(line, 1)]]
    amounts = []
    for part in parts:
        amounts.append(paid_for(order, part))
        made = order.refunds.create(amount_cents=amounts[-1])
        for each in part:
            made.lines.create(line=each.line, quantity=each.quantity)

    assert sum(amounts) == 14094


def test_never_more_is_given_back_for_products_than_is_left(order, line):
    refund(order, 7000, "", uuid4())

    assert paid_for(Order.objects.get(), [Returned(line, 4)]) == 600


def test_what_went_back_for_another_order_does_not_count(order, line, mug, as_bob, purchase):
    other = purchase(as_bob, mug)
    refund(other, 1900, "", uuid4(), [Returned(other.lines.get(), 1)])

    assert paid_for(order, [Returned(line, 4)]) == 7600


def test_for_what_was_free_nothing_goes_back(order, line):
    Order.objects.update(discount_cents=7600, total_cents=0)

    assert paid_for(Order.objects.get(), [Returned(line, 4)]) == 0


def test_for_what_cost_nothing_nothing_goes_back(order, line):
    order.lines.update(unit_price_cents=0)

    assert paid_for(Order.objects.get(), [Returned(line, 4)]) == 0


def test_a_share_has_no_decimals_that_stripe_refuses(order, line):
    Order.objects.update(currency="isk", subtotal_cents=7600, discount_cents=50, total_cents=7550)

    assert paid_for(Order.objects.get(), [Returned(line, 1)]) == 1800  # of 1887
    assert paid_for(Order.objects.get(), [Returned(line, 4)]) == 7550


def test_the_database_refuses_to_give_nothing_back_or_a_line_twice(order, line):
    made = order.refunds.create(amount_cents=1)
    with pytest.raises(IntegrityError, match="a_refunded_quantity"), transaction.atomic():
        made.lines.create(line=line, quantity=0)
    made.lines.create(line=line, quantity=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        made.lines.create(line=line, quantity=1)


@pytest.mark.parametrize(("won", "warned"), [(None, True), (True, False), (False, True)])
def test_the_page_warns_of_a_dispute(as_staff, order, won, warned):
    open_dispute(order.stripe_payment_intent_id)
    if won is not None:
        close_dispute(order.stripe_payment_intent_id, won=won)
    deliver_due()

    assert read(as_staff.get(url(order))).has(".errornote") is warned


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("needs_response", "The buyer disputes the payment of $76.00 with the bank."),
        ("under_review", "The buyer disputes the payment, and the bank decides."),
    ],
)
def test_the_warning_says_what_not_to_do(as_staff, order, status, words):
    open_dispute(order.stripe_payment_intent_id, status=status)
    deliver_due()

    warning = read(as_staff.get(url(order))).part(".errornote").text
    assert warning.startswith(words)
    assert "refund" in warning.lower()
