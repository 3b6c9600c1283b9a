import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from .cards import CARDS, PAYS, passes_luhn, spaced
from .events import MODES
from .money import show
from .store import Document

CARD_FIELDS = ("number", "expiry", "cvc", "name")


def check_number(value: str) -> None:
    digits = plain(value)
    if not re.fullmatch(r"[0-9]{12,19}", digits) or not passes_luhn(digits):
        raise ValidationError("Your card number is invalid.")
    if digits not in CARDS:
        raise ValidationError("Only the test cards listed on this page work here.")


def check_expiry(value: str) -> None:
    found = re.fullmatch(r"(0?[1-9]|1[0-2]) ?/ ?(?:20)?([0-9]{2})", value)
    if not found:
        raise ValidationError("Write the expiry date as month and year, like 12 / 34.")
    month, year = int(found[1]), 2000 + int(found[2])
    today = timezone.localdate()
    if (year, month) < (today.year, today.month):
        raise ValidationError("Your card's expiry date is in the past.")


def check_cvc(value: str) -> None:
    if not re.fullmatch(r"[0-9]{3,4}", value):
        raise ValidationError("The security code has three digits.")


def plain(number: str) -> str:
    return re.sub(r"[\s-]", "", number)


def text(label: str, initial: str = "", autocomplete: str = "", **options: Any) -> forms.CharField:
    attrs = {"autocomplete": autocomplete} | options.pop("attrs", {})
    options = {"max_length": 200} | options
    return forms.CharField(
        label=label, initial=initial, widget=forms.TextInput(attrs=attrs), **options
    )


class AddressForm(forms.Form):
    recipient = text("Full name", "Test Shopper", "shipping name")
    line1 = text("Address", "1 Test Street", "shipping address-line1")
    line2 = text("Address, continued (optional)", "", "shipping address-line2", required=False)
    city = text("City", "Testville", "shipping address-level2")
    state = text("State or region (optional)", "", "shipping address-level1", required=False)
    postal_code = text("Postal code", "12345", "shipping postal-code", max_length=20)


class CheckoutForm(forms.Form):
    """The hosted page's form: with an address if the shop asks, without a card if all is free."""

    numeric: dict[str, Any] = {"inputmode": "numeric"}

    email = forms.EmailField(
        label="Email", widget=forms.EmailInput(attrs={"autocomplete": "email"}), max_length=200
    )
    number = text(
        "Card number", spaced(PAYS), "cc-number", attrs=numeric, validators=[check_number]
    )
    expiry = text("Expiry (MM / YY)", "12 / 34", "cc-exp", validators=[check_expiry])
    cvc = text("Security code", "123", "cc-csc", attrs=numeric, validators=[check_cvc])
    name = text("Name on card", "Test Shopper", "cc-name", max_length=100)
    webhooks = forms.ChoiceField(
        label="Events about this payment",
        required=False,
        choices=[("", "As set for all payments"), *MODES.items()],
    )

    def __init__(self, *args: Any, session: Document, by_card: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.session = session
        self.by_card = by_card and session["amount_total"] > 0
        known = session["customer_details"] if session["customer"] else None
        email = known["email"] if known else session["customer_email"]
        if email:  # shop or customer has one, so it cannot be changed here
            self.fields["email"].initial = email
            self.fields["email"].disabled = True
        if session["shipping_address_collection"]:
            codes = session["shipping_address_collection"]["allowed_countries"]
            country = forms.ChoiceField(label="Country", choices=[(code, code) for code in codes])
            self.fields |= AddressForm().fields | {"country": country}
        for name in CARD_FIELDS:
            if not session["amount_total"]:
                del self.fields[name]
            elif not self.by_card:
                self.fields[name].required = False
                self.fields[name].validators = []

    @property
    def contact_fields(self) -> list[forms.BoundField]:
        return [self["email"]]

    @property
    def address_fields(self) -> list[forms.BoundField]:
        names = [*AddressForm.base_fields, "country"]
        return [self[name] for name in names if name in self.fields]

    @property
    def card_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in CARD_FIELDS if name in self.fields]

    def payment(self) -> dict[str, Any]:
        """The arguments of `acts.pay`."""
        given = self.cleaned_data
        arguments = {"email": given["email"], "webhooks": given["webhooks"] or None}
        arguments |= {"delayed": not self.by_card, "name": given.get("name")}
        if self.by_card:
            arguments["card"] = plain(given["number"])
        if "country" in self.fields:
            parts = ("line1", "line2", "city", "state", "postal_code", "country")
            address = {part: given[part] or None for part in parts}
            arguments["shipping"] = {"name": given["recipient"], "address": address}
        return arguments


class PromotionCodeForm(forms.Form):
    code = forms.CharField(
        label="Promotion code",
        max_length=50,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )


def estimate(rate: Document) -> str:
    """In how many days it should be there: `, 3 to 5 business days`."""
    ends = [end for end in (rate["delivery_estimate"] or {}).values() if end]
    values = " to ".join(str(value) for value in sorted({end["value"] for end in ends}))
    return f", {values} {ends[0]['unit'].replace('_', ' ')}s" if ends else ""


class ShippingForm(forms.Form):
    def __init__(self, *args: Any, session: Document, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [
            (number, f"{rate['display_name']}, {show(**rate['fixed_amount'])}{estimate(rate)}")
            for number, rate in enumerate(session.get("_shipping_rates", []))
        ]
        chosen = session.get("_shipping_chosen")
        self.fields["shipping_option"] = forms.TypedChoiceField(
            label="Shipping", choices=choices, initial=chosen, coerce=int
        )


class WebhooksForm(forms.Form):
    webhooks = forms.ChoiceField(label="From now on", choices=list(MODES.items()))
