from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import uuid4

from django import forms

from accounts.as_shown import AsShownForm
from orders.carriers import LONGEST_LINK, tracking_link
from orders.models import A_LINK, Order, Refund
from orders.refund_lines import Returned
from shop.money import format_money, step_problem
from shop.money_field import MoneyField


class SessionIdForm(forms.Form):
    """Only what looks like a session's id reaches the database, and only ours reach Stripe."""

    session_id = forms.RegexField(r"^cs_(test|live)_[A-Za-z0-9]+\Z", max_length=255)


class RefundForm(forms.Form):
    """How much of an order to give back: what is left, unless staff say otherwise."""

    # No products: see RefundLinesForm.
    lines: ClassVar[list[Returned]] = []
    what_for = ""

    amount = forms.Field()  # in the order's currency: see below
    reason = forms.ChoiceField(choices=Refund.Reason)
    # Made with the form, so that a double click on "Refund" gives the money back once.
    refund_id = forms.UUIDField(initial=uuid4, widget=forms.HiddenInput())
    confirmed = forms.BooleanField(required=False, widget=forms.HiddenInput())

    def __init__(self, order: Order, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order = order
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

    def clean(self) -> dict[str, Any]:
        """The id of another order's refund would give nothing back, and crash."""
        refund_id = self.cleaned_data.get("refund_id")
        others = Refund.objects.exclude(order=self.order)
        if refund_id and others.filter(pk=refund_id).exists():
            raise forms.ValidationError("This form belongs to another order. Open a new one.")
        return self.cleaned_data

    @property
    def is_confirmed(self) -> bool:
        return bool(self.cleaned_data["confirmed"])

    @property
    def amount_cents(self) -> int:
        amount_cents: int = self.cleaned_data["amount"]
        return amount_cents


# Names that are offered while one is typed; any other may be written.
CARRIER_INPUT = forms.TextInput(attrs={"class": "vTextField", "list": "carriers"})
A_CARRIER = "Of one that is offered here, the tracking link is made from the number."


TRACKING = ("carrier", "tracking_number", "tracking_url")


class ShippingForm(forms.ModelForm):
    """How the buyer can follow the parcel, whoever carries it; all fields may stay empty."""

    tracking_url = forms.URLField(
        label="Tracking link",
        max_length=LONGEST_LINK,
        required=False,
        assume_scheme="https",
        error_messages={"invalid": A_LINK},
        help_text="The carrier's page about this parcel.",
        widget=forms.URLInput(attrs={"class": "vTextField"}),
    )

    class Meta:
        model = Order
        fields = TRACKING
        widgets = {
            "carrier": CARRIER_INPUT,
            "tracking_number": forms.TextInput(attrs={"class": "vTextField"}),
        }
        help_texts = {"carrier": A_CARRIER}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in TRACKING:
            self.fields[name].show_hidden_initial = True

    @property
    def tracking(self) -> tuple[str, str, str]:
        """As Order.ship and Order.track take it."""
        given = self.cleaned_data
        return given["tracking_number"], given["tracking_url"], given["carrier"]

    @property
    def before(self) -> str:
        """What the page showed, in words."""
        return in_words(self.initial)

    @property
    def now(self) -> str:
        """What was sent, in words."""
        return in_words(self.cleaned_data)

    def clean(self) -> dict[str, Any]:
        """A link that nobody typed follows the number."""
        given = self.cleaned_data
        self.compare(given)
        made_before = tracking_link(self.initial["carrier"], self.initial["tracking_number"])
        if given.get("tracking_url") in ("", made_before):
            made_now = tracking_link(given.get("carrier", ""), given.get("tracking_number", ""))
            given["tracking_url"] = made_now
        return given

    def compare(self, given: dict[str, Any]) -> None:
        """What was left alone stays as a colleague may have written it since; what both have
        changed is refused in words."""
        now = Order.objects.values(*TRACKING).get(pk=self.instance.pk)
        for name in TRACKING:
            seen = self.data.get(self.add_initial_prefix(name))
            if seen is None or now[name] == seen or name not in given:
                continue
            if given[name] == seen:
                given[name] = now[name]
            elif given[name] != now[name]:
                words = f"A colleague has changed it since. It reads now: {now[name] or 'nothing'}"
                self.add_error(name, f"{words}. Open this page anew to change it.")


def in_words(tracking: Mapping[str, Any]) -> str:
    return " ".join(filter(None, (tracking[name] for name in TRACKING))) or "none"


class TrackingForm(ShippingForm):
    """What was wrong about a parcel that is on its way."""

    tell = forms.BooleanField(
        label="E-mail the new tracking to the buyer",
        required=False,
    )


class UnshipForm(forms.Form):
    """Of which shipping the page spoke: the parcel may have been sent again since."""

    shipped_at = forms.DateTimeField(widget=forms.HiddenInput())


class ShipManyForm(forms.Form):
    """One carrier, and a number for each of the orders; whatever is empty stays so."""

    carrier = forms.CharField(
        max_length=50, required=False, help_text=A_CARRIER, widget=CARRIER_INPUT
    )

    def __init__(self, orders: list[Order], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.orders = orders
        for order in orders:
            self.fields[self.number_of(order)] = forms.CharField(
                label=f"Tracking number of {order}",
                max_length=100,
                required=False,
                widget=forms.TextInput(attrs={"class": "vTextField"}),
            )

    def number_of(self, order: Order) -> str:
        """The name of the field for its tracking number."""
        return f"number_{order.pk}"

    def keep_only_wrong_rows(self) -> None:
        """The others were shipped."""
        self.orders = [order for order in self.orders if self.number_of(order) in self.errors]

    @property
    def rows(self) -> list[tuple[Order, forms.BoundField]]:
        return [(order, self[self.number_of(order)]) for order in self.orders]


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
