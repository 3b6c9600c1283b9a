import re
from typing import Any

from django import forms

from shop.models import MAX_QUANTITY, Product


class QuantityInput(forms.TextInput):
    """A text field with a number pad; GOV.UK's design system advises it over type=number."""

    def __init__(self) -> None:
        super().__init__(attrs={"inputmode": "numeric", "autocomplete": "off"})

    def value_from_datadict(self, data: Any, files: Any, name: str) -> str:
        # A key that was sent twice is shown and refused, rather than half of it ignored.
        return ", ".join(data.getlist(name))


class QuantityField(forms.IntegerField):
    """Plain ASCII digits from 1 to the limit; one sentence says so, whatever was typed."""

    def __init__(self) -> None:
        message = f"Choose a whole number from 1 to {MAX_QUANTITY}."
        super().__init__(
            min_value=1,
            max_value=MAX_QUANTITY,
            initial=1,
            widget=QuantityInput(),
            error_messages=dict.fromkeys(("required", "invalid"), message),
        )
        for validator in self.validators:
            validator.message = message  # type: ignore[attr-defined]

    def to_python(self, value: Any) -> int | None:
        # int() alone would take full-width digits, "1_0" and a number with a million digits.
        if value and not re.fullmatch(r"[0-9]{1,9}", value.strip()):
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(value)


class BuyForm(forms.Form):
    quantity = QuantityField()
    # What the page showed; only ever compared, so that nobody is charged a price they did not see.
    price_seen = forms.CharField(required=False, max_length=20, widget=forms.HiddenInput())

    @property
    def price_seen_cents(self) -> int | None:
        """None where the browser sent something else than a price."""
        seen = self.cleaned_data["price_seen"]
        return int(seen) if re.fullmatch(r"[0-9]{1,8}", seen) else None

    def saw_another_price_than(self, product: Product) -> bool:
        return self.cleaned_data["price_seen"] not in ("", str(product.price_cents))


class CancelledForm(forms.Form):
    """The checkout that Stripe's cancel link names."""

    cancelled = forms.UUIDField()
