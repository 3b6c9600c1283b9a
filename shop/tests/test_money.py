from decimal import Decimal
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.recording import record_order
from orders.refunds import refund
from shop.models import Checkout, Product
from shop.money import (
    CURRENCIES,
    MAX_TOTAL_CENTS,
    format_money,
    minor_digits,
    to_cents,
    to_decimal,
    unpayable_reason,
)
from stripe_simulator.testing import pay
from tests.pages import read
from tests.recorded import stripe_calls


@pytest.mark.parametrize(
    ("amount_cents", "currency", "shown"),
    [
        (1250, "usd", "$12.50"),
        (123456789, "usd", "$1,234,567.89"),
        (5, "usd", "$0.05"),
        (0, "eur", "€0.00"),
        (500, "jpy", "¥500"),
        (12340, "kwd", "KWD12.340"),
        (1200, "isk", "ISK12.00"),
    ],
)
def test_money_is_shown_with_the_decimals_that_stripe_gives_the_currency(
    amount_cents, currency, shown
):
    assert format_money(amount_cents, currency).replace("\N{NO-BREAK SPACE}", "") == shown


@pytest.mark.parametrize("currency", ["usd", "jpy", "kwd", "isk", "ugx"])
def test_an_amount_survives_the_way_there_and_back(currency):
    assert to_cents(to_decimal(98765, currency), currency) == 98765


def test_iceland_and_uganda_have_two_decimals_at_stripe_although_iso_says_none():
    assert minor_digits("isk") == minor_digits("ugx") == 2


@pytest.mark.parametrize(("amount", "currency"), [("10.005", "usd"), ("0.5", "jpy")])
def test_an_amount_finer_than_the_smallest_coin_is_refused(amount, currency):
    with pytest.raises(ValueError, match="smallest coin"):
        to_cents(Decimal(amount), currency)


@given(amount_cents=st.integers(0, 10**12), currency=st.sampled_from(["usd", "jpy", "kwd", "isk"]))
def test_every_amount_is_exact_in_every_currency(amount_cents, currency):
    amount = to_decimal(amount_cents, currency)

    assert to_cents(amount, currency) == amount_cents
    assert to_cents(Decimal(str(amount)), currency) == amount_cents


@pytest.mark.parametrize(
    ("currency", "least"),
    [("usd", 50), ("gbp", 30), ("jpy", 50), ("huf", 17500), ("isk", 100), ("kwd", 10), ("twd", 1)],
)
def test_no_payment_is_below_stripes_minimum(currency, least):
    assert unpayable_reason(least, currency) == ""
    assert unpayable_reason(least - 1, currency)


@pytest.mark.parametrize("currency", sorted(CURRENCIES))
def test_nothing_can_be_paid_in_any_currency_neither_nothing_nor_more_than_stripes_limit(currency):
    assert "no less than" in unpayable_reason(0, currency)
    assert "no more than" in unpayable_reason(MAX_TOTAL_CENTS + 1, currency)


@pytest.mark.parametrize(
    ("cents", "currency", "words"),
    [
        (49, "usd", "Stripe takes no less than $0.50 in one payment."),
        (1250, "isk", "ISK has no decimals."),
        (1250, "ugx", "UGX has no decimals."),
        (1234, "omr", "The third decimal of OMR has to be 0: Stripe takes no other."),
        (17501, "huf", ""),
        (1201, "twd", ""),
    ],
)
def test_what_stripe_would_refuse_is_said_in_words(cents, currency, words):
    assert unpayable_reason(cents, currency) == words


@pytest.mark.parametrize(
    ("currency", "cents", "shown", "half"),
    [
        ("jpy", 500, "¥500", 250),
        ("kwd", 12340, "KWD12.340", 6170),
        ("isk", 120000, "ISK1,200.00", 60000),
    ],
)
def test_a_shop_in_another_currency_charges_and_refunds_exactly(
    as_alice, as_staff, mug, settings, currency, cents, shown, half
):
    settings.CURRENCY = currency
    Product.objects.update(price_cents=cents)
    price = read(as_alice.get("/home/"), ".price").text
    assert price.replace(" ", "") == shown
    with stripe_calls() as calls:
        as_alice.post(f"/checkout/{mug.pk}/", {"quantity": 2})
    assert calls[0].form["line_items[0][price_data][unit_amount]"] == str(cents)

    session_id = Checkout.objects.get().stripe_session_id
    pay(session_id)
    order = record_order(session_id)
    assert (order.total_cents, order.currency, order.needs_review) == (2 * cents, currency, False)
    refund(order, half, "duplicate", uuid4())
    order.refresh_from_db()
    assert order.refundable_cents == 2 * cents - half
    page = as_staff.get(f"/admin/orders/order/{order.pk}/refund/")
    assert read(page).sent["amount"] == str(to_decimal(2 * cents - half, currency))
