from typing import Any
from uuid import uuid4

from django import forms

from accounts.as_shown import AsShownForm
from orders.models import A_LINK, Order, Refund
from shop.money import format_money, step_problem
from shop.money_field import MoneyField


class SessionIdForm(forms.Form):
    """Only what looks like a session's id reaches the database, and only ours reach Stripe."""

    session_id = forms.RegexField(r"^cs_(test|live)_[A-Za-z0-9]+\Z", max_length=255)


class RefundForm(forms.Form):
    """How much of an order to give back: what is left, unless staff say otherwise."""

    amount = forms.Field()  # in the order's currency: see below
    reason = forms.ChoiceField(choices=Refund.Reason)
    # Made with the form, so that a double click on "Refund" gives the money back once.
    refund_id = forms.UUIDField(initial=uuid4, widget=forms.HiddenInput())
    confirmed = forms.BooleanField(required=False, widget=forms.HiddenInput())

    def __init__(self, order: Order, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.currency, self.left_cents = order.currency, order.refundable_cents
        self.fields["amount"] = MoneyField(
            order.currency,
            self.amount_problem,
            label=f"Amount ({order.currency.upper()})",
            initial=self.left_cents,
        )
        self.order_fields(["amount", "reason"])

    def amount_problem(self, amount_cents: int) -> str:
        """Stripe's minimum is not for refunds, and all that is left may be given back anyway."""
        if amount_cents > self.left_cents:
            return f"At most {format_money(self.left_cents, self.currency)} is left to refund."
        if not amount_cents:
            return "Write how much to give back."
        is_all = amount_cents == self.left_cents
        return "" if is_all else step_problem(amount_cents, self.currency)

    @property
    def amount_cents(self) -> int:
        amount_cents: int = self.cleaned_data["amount"]
        return amount_cents


class ShippingForm(forms.ModelForm):
    """How the buyer can follow the parcel, whoever carries it; both fields may stay empty."""

    tracking_url = forms.URLField(
        label="Tracking link",
        max_length=500,
        required=False,
        assume_scheme="https",
        error_messages={"invalid": A_LINK},
        help_text="The carrier's page about this parcel.",
        widget=forms.URLInput(attrs={"class": "vTextField"}),
    )

    class Meta:
        model = Order
        fields = ("tracking_number", "tracking_url")
        widgets = {"tracking_number": forms.TextInput(attrs={"class": "vTextField"})}


class OrderForm(AsShownForm):
    """The one thing on an order's page that staff may change: what they tell each other."""

    class Meta:
        model = Order
        fields = ("staff_note",)
        widgets = {"staff_note": forms.Textarea(attrs={"rows": 4})}
        help_texts = {"staff_note": "For your colleagues; the buyer does not see it."}


class ResolveForm(forms.Form):
    # What staff did not see they do not resolve: more may happen while they write.
    reasons_read = forms.IntegerField(widget=forms.HiddenInput())
    note = forms.CharField(
        label="How it was resolved",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="For your colleagues; the buyer does not see it.",
    )
