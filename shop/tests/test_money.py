from decimal import Decimal

import pytest

from shop.money import format_money, minor_digits, to_cents, to_decimal


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
