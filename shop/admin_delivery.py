from functools import partial
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest

from accounts.as_shown import AsShownAdmin, AsShownForm
from shop.models import DeliveryOption
from shop.money import amount_problem, format_money, limit_problem
from shop.money_field import MoneyField


class DeliveryOptionForm(AsShownForm):
    class Meta:
        model = DeliveryOption
        fields = (
            "name",
            "price_cents",
            "free_from_cents",
            "days_min",
            "days_max",
            "countries",
            "position",
            "is_active",
        )
        widgets = {"countries": forms.Textarea(attrs={"rows": 3})}


class DeliveryOptionAdmin(AsShownAdmin):
    """Switched on and off one at a time: there are five, and no more may be active."""

    form = DeliveryOptionForm
    list_display = ("name", "price", "free_above", "days", "countries", "position", "is_active")
    readonly_fields = ("price", "free_above")
    fields = DeliveryOptionForm.Meta.fields

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Who may only look reads money, not the cents of the columns."""
        if not obj or self.has_change_permission(request, obj):
            return self.fields
        shown = {"price_cents": "price", "free_from_cents": "free_above"}
        return [shown.get(name, name) for name in self.fields]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        currency = settings.CURRENCY
        if db_field.name == "price_cents":
            return MoneyField(
                currency,
                partial(amount_problem, currency=currency),
                label=f"Price ({currency.upper()})",
                help_text="0 if it is always free.",
            )
        if db_field.name == "free_from_cents":
            return MoneyField(
                currency,
                partial(limit_problem, currency=currency),
                label=f"Free above ({currency.upper()})",
                help_text="Of products in the order. Empty: never free.",
                required=False,
            )
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    @admin.display(description="price", ordering="price_cents")
    def price(self, option: DeliveryOption) -> str:
        return format_money(option.price_cents, settings.CURRENCY)

    @admin.display(description="free above", ordering="free_from_cents")
    def free_above(self, option: DeliveryOption) -> str:
        cents = option.free_from_cents
        return "–" if cents is None else format_money(cents, settings.CURRENCY)

    @admin.display(description="working days")
    def days(self, option: DeliveryOption) -> str:
        few, many = option.days_min, option.days_max
        return str(few) if few == many else f"{few} to {many}"
