"""What a buyer mistyped, corrected by staff: where mails go, and where the parcel goes."""

from django import forms
from django.db import transaction
from django.http import QueryDict

from orders.models import Order

FIELDS = {"email": "E-mail", "shipping_name": "Recipient", "shipping_address": "Address"}


def plain(text: str) -> str:
    """Without what a browser makes of the ends of lines."""
    return "\n".join(line.strip() for line in text.strip().splitlines())


def in_a_line(text: str) -> str:
    return ", ".join(plain(text).splitlines()) or "empty"


class CorrectForm(forms.Form):
    """What staff saw goes with the form: it tells whether a colleague was faster."""

    email = forms.EmailField(
        label="E-mail",
        max_length=254,
        help_text="The receipt is sent there once more, and all that follows.",
        widget=forms.EmailInput(attrs={"class": "vTextField"}),
        show_hidden_initial=True,
    )
    shipping_name = forms.CharField(
        label="Recipient",
        max_length=255,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        show_hidden_initial=True,
    )
    shipping_address = forms.CharField(
        label="Address",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 5, "class": "vLargeTextField"}),
        show_hidden_initial=True,
    )

    def __init__(self, order: Order, data: QueryDict | None = None) -> None:
        now = {name: getattr(order, name) for name in FIELDS}
        super().__init__(data, initial=now)
        for name, value in now.items():
            self.fields[name].required = bool(value)  # what is there is not taken away

    def seen(self, name: str) -> str:
        """What the page showed when it was opened."""
        return plain(self.data.get(self.add_initial_prefix(name), ""))

    def asked(self) -> dict[str, str]:
        """What staff changed, and to what."""
        typed = {name: plain(self.cleaned_data[name]) for name in FIELDS}
        return {name: value for name, value in typed.items() if value != self.seen(name)}


def correct(order: Order, form: CorrectForm) -> dict[str, tuple[str, str]]:
    """Write what was changed and nothing else: what it was, and is now, by the name of the field.

    What a colleague has changed since is refused, with an error of the form, and then nothing is
    written. The address that was ordered is kept; to another e-mail address the receipt is due.
    """
    with transaction.atomic():
        locked = Order.objects.select_for_update().get(pk=order.pk)
        changes = {}
        for name, value in form.asked().items():
            now = plain(getattr(locked, name))
            if now == value:  # the first half of a double click wrote it
                continue
            if now != form.seen(name):
                words = f"A colleague has changed it since. It reads now: {in_a_line(now)}"
                form.add_error(name, f"{words}. Open this page anew to change it.")
            changes[name] = (now, value)
        if form.errors or not changes:
            return {}
        if "email" in changes:
            locked.correct_email(changes["email"][1])
        if changes.keys() - {"email"}:
            before = plain(f"{locked.shipping_name}\n{locked.shipping_address}")
            locked.former_address = locked.former_address or before
            for name in ("shipping_name", "shipping_address"):
                if name in changes:
                    setattr(locked, name, changes[name][1])
            locked.save(update_fields=["shipping_name", "shipping_address", "former_address"])
    return changes


def in_words(changes: dict[str, tuple[str, str]]) -> str:
    """For the history: old and new."""
    return " ".join(
        f"{FIELDS[name]} corrected from {in_a_line(old)} to {in_a_line(new)}."
        for name, (old, new) in changes.items()
    )
