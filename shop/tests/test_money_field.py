"""An amount as people type it: understood, or refused in words, and never another amount."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.money import to_decimal
from shop.money_field import MoneyField, read_amount

CURRENCIES = ["usd", "jpy", "kwd", "isk"]


@pytest.mark.parametrize(
    ("typed", "cents"),
    [
        ("12.50", 1250),
        ("12,50", 1250),
        ("12.5", 1250),
        ("12", 1200),
        (" 12.50 ", 1250),
        (".5", 50),
        ("0,500", 50),
        ("1250.000", 125000),
        ("1,250.00", 125000),
        ("1.250,00", 125000),
        ("1 250,00", 125000),
        ("1\xa0250", 125000),
        ("1'250.00", 125000),
        ("1,234,567.89", 123456789),
        ("1.234.567", 123456700),
    ],
)
def test_an_amount_is_read_as_people_write_it(typed, cents):
    assert read_amount(typed, "usd") == cents


@pytest.mark.parametrize("typed", ["1,250", "1.250", "999.999", "1,005"])
def test_an_amount_that_can_be_read_in_two_ways_is_refused(typed):
    with pytest.raises(ValueError, match="can be read as"):
        read_amount(typed, "usd")


@pytest.mark.parametrize(
    ("typed", "currency", "cents"),
    [
        ("1,250", "jpy", 1250),
        ("1.250", "jpy", 1250),
        ("1.250", "isk", 125000),
        ("1250.00", "isk", 125000),
        ("500.00", "jpy", 500),
        ("12.340", "kwd", 12340),  # as the shop shows it
        ("1.234,500", "kwd", 1234500),
    ],
)
def test_where_the_currency_leaves_one_reading_it_is_taken(typed, currency, cents):
    assert read_amount(typed, currency) == cents


def test_three_decimals_after_a_comma_can_be_read_in_two_ways():
    with pytest.raises(ValueError, match=r"12340 or as 12\.34"):
        read_amount("12,340", "kwd")


@pytest.mark.parametrize(
    "typed",
    [
        *("", "-1", "+1", "1e9", "NaN", "$5", "1,25,000", "1,250,00", "12.", "1..5", "1_0", "5 0"),
        *("\N{FULLWIDTH DIGIT FIVE}", "9" * 21, "0." + "0" * 30 + "1"),
    ],
)
def test_what_is_no_amount_is_refused(typed):
    with pytest.raises(ValueError, match=r"like 120\.00"):
        read_amount(typed, "usd")


@given(cents=st.integers(0, 10**9), currency=st.sampled_from(CURRENCIES))
def test_what_the_field_shows_is_read_back_exactly(cents, currency):
    field = MoneyField(currency, lambda _: "")
    shown = str(field.prepare_value(cents))

    assert read_amount(shown, currency) == cents
    assert not field.has_changed(cents, shown)


@given(typed=st.text("0123456789.,' ", max_size=12), currency=st.sampled_from(CURRENCIES))
def test_an_amount_is_never_read_as_other_digits_than_were_typed(typed, currency):
    try:
        cents = read_amount(typed, currency)
    except ValueError:
        return
    digits = "".join(filter(str.isdigit, typed)).strip("0")

    assert str(to_decimal(cents, currency)).replace(".", "").strip("0") == digits


@pytest.mark.parametrize("data", ["13", "", None, "abc", "1,250"])
def test_another_amount_or_none_is_a_change(data):
    assert MoneyField("usd", lambda _: "").has_changed(1250, data)


def test_an_empty_field_that_was_empty_has_not_changed():
    assert not MoneyField("usd", lambda _: "", required=False).has_changed(None, "")
