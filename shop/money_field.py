"""An amount as people type it, and the one input of the shop in which they do."""

import re
import unicodedata
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from babel.numbers import get_currency_symbol
from django import forms

from shop.money import DECIMALS_ARE_00, format_money, minor_digits, to_cents, to_decimal

# Thousands, with what people put between them and, behind another sign, a fraction.
GROUPED = re.compile(
    r"(?P<whole>[1-9][0-9]{0,2}(?P<between>[.,\N{RIGHT SINGLE QUOTATION MARK}' \xa0\u202f])[0-9]{3}"
    r"(?:(?P=between)[0-9]{3})*)(?:(?!(?P=between))[.,](?P<part>[0-9]+))?"
)
PLAIN = re.compile(r"(?P<whole>[0-9]*)(?:[.,](?P<part>[0-9]+))?")
MAX_LENGTH = 20  # fewer digits than Decimal rounds at


def read_amount(typed: str, currency: str) -> int:
    """12.50 and 12,50 are 1250 usd cents, 1,250.00 and 1.250,00 are 125000.

    ValueError says in words what is wrong, also where it could be read in two ways: 1,250 may be
    a thousand or a fraction, and a price must not be off by a thousand.
    """
    typed = typed.strip()
    grouped, plain = GROUPED.fullmatch(typed), PLAIN.fullmatch(typed)
    found = grouped or plain
    if not typed or len(typed) > MAX_LENGTH or not found:
        raise ValueError(f"Write an amount like {to_decimal(12000, currency)}, digits only.")
    has_decimals = minor_digits(currency) > 0 and currency not in DECIMALS_ARE_00
    if grouped and plain and has_decimals:
        # The shop itself shows three decimals, with a point.
        if minor_digits(currency) != 3 or "," in typed:
            whole, fraction = re.sub("[.,]", "", typed), Decimal(typed.replace(",", "."))
            raise ValueError(
                f"{typed} can be read as {whole} or as {fraction.normalize():f}. "
                f"Write {minor_digits(currency)} decimals behind a point, and no other sign."
            )
        found = plain
    whole = re.sub("[^0-9]", "", found["whole"]) or "0"
    try:
        return to_cents(Decimal(f"{whole}.{found['part'] or 0}"), currency)
    except ValueError as error:
        digits = minor_digits(currency)
        most = f"no more than {digits} decimals" if digits else "no decimals"
        raise ValueError(f"{currency.upper()} has {most}.") from error


def without_sign(typed: str, currency: str) -> str:
    """20 for $20, 20 USD and 20 €: a shop has one currency, whatever a shopper calls it."""
    names = (currency, get_currency_symbol(currency.upper(), "en"))
    bare = re.sub("|".join(map(re.escape, names)), "", typed, flags=re.IGNORECASE)
    return "".join(char for char in bare if unicodedata.category(char) != "Sc").strip()


class MoneyField(forms.Field):
    """Typed as 12.50 or 12,50, cleaned to 1250; `problem` says what else is wrong with the cents.

    A text field: a number field would be changed by the mouse wheel, and some browsers clear it
    when a comma is typed.
    """

    def __init__(self, currency: str, problem: Callable[[int], str], **kwargs: Any) -> None:
        self.currency, self.problem = currency, problem
        attributes = {"inputmode": "decimal", "autocomplete": "off", "maxlength": MAX_LENGTH}
        super().__init__(widget=forms.TextInput(attrs=attributes), **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return to_decimal(value, self.currency) if isinstance(value, int) else value

    def in_words(self, value: int) -> str:
        return format_money(value, self.currency)

    def to_python(self, value: Any) -> int | None:
        if value in self.empty_values:
            return None
        try:
            return read_amount(value, self.currency)
        except ValueError as error:
            raise forms.ValidationError(str(error), code="invalid") from error

    def validate(self, value: int | None) -> None:
        super().validate(value)
        problem = self.problem(value) if value is not None else ""
        if problem:
            raise forms.ValidationError(problem, code="invalid")

    def has_changed(self, initial: int | None, data: Any) -> bool:
        """12.5, 12,50 and 12.50 are all the 1250 that was there."""
        try:
            return self.to_python(data) != initial
        except forms.ValidationError:
            return True
