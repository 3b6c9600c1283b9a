"""The prices of many products changed by percent: first what each would be, then the change.

A sale price stays as it is: what was promised for a time is not raised by the way. A price that
would no longer be above it is left out, and the preview says so.
"""

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any, NamedTuple

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.defaultfilters import pluralize
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from accounts.as_shown import log_change
from accounts.locking import lock
from shop.chosen_products import chosen_products, list_url
from shop.models import Product
from shop.money import DECIMALS_ARE_00, format_money, minor_digits, step_of, unpayable_reason

NEEDED = ("shop.view_product", "shop.change_product")
SALT = "shop.admin_prices"
TO_THE_CENT = "cent"
ENDINGS = ("00", "50", "90")


class Change(NamedTuple):
    """One price, in cents, of the product with this key."""

    pk: int
    before: int
    after: int


@dataclass(frozen=True)
class Line:
    """One product of the preview."""

    product: Product
    after: int

    @property
    def problem(self) -> str:
        """Why it stays as it is; empty: it does not."""
        if self.after == self.product.price_cents:
            return "It would stay the same."
        if self.after <= (self.product.sale_price_cents or 0):
            return "It would not be above the sale price."
        return unpayable_reason(self.after, settings.CURRENCY)

    @property
    def change(self) -> Change:
        return Change(self.product.pk, self.product.price_cents, self.after)


def roundings() -> dict[str, str]:
    """Those that the shop's currency has."""
    currency = settings.CURRENCY
    choices = {TO_THE_CENT: "To the smallest coin"}
    if minor_digits(currency) == 2 and currency not in DECIMALS_ARE_00:
        choices |= {ending: f"To the nearest that ends in .{ending}" for ending in ENDINGS}
    return choices


class PercentForm(forms.Form):
    # A plain text field: the digits of many telephones have no minus.
    percent = forms.CharField(
        label="Change by percent",
        max_length=12,
        help_text="+10 makes 20.00 of it 22.00, -10 18.00.",
    )
    rounding = forms.ChoiceField(
        choices=roundings, widget=forms.RadioSelect, initial=TO_THE_CENT, label="Round"
    )

    def clean_percent(self) -> Decimal:
        typed = re.sub(r"[\s%]", "", self.cleaned_data["percent"])
        typed = typed.replace("\N{MINUS SIGN}", "-").replace(",", ".")
        try:
            percent = Decimal(typed) if re.fullmatch(r"[+-]?[0-9.]+", typed, re.ASCII) else None
        except InvalidOperation:
            percent = None
        if percent is None or not percent or not -100 < percent <= 1000:
            raise forms.ValidationError("Write a number such as +10 or -2.5, no more than +1000.")
        return percent


def new_price(before: int, percent: Decimal, rounding: str) -> int:
    """In cents, half of the last coin rounded up."""
    exact = before * (100 + percent) / 100
    step, end = step_of(settings.CURRENCY), 0
    if rounding != TO_THE_CENT:
        step, end = 100, int(rounding)
    steps = ((exact - end) / step).quantize(Decimal(1), ROUND_HALF_UP)
    return int(steps) * step + end


def check(request: HttpRequest) -> None:
    if not request.user.has_perms(NEEDED):
        raise PermissionDenied


@require_http_methods(["GET", "POST"])
def change_prices(request: HttpRequest) -> HttpResponse:
    """Asks by how much, and shows what each price would be; writes nothing."""
    check(request)
    products = list(chosen_products(request))
    form = PercentForm(request.POST or None)
    lines = []
    if form.is_valid():
        typed = form.cleaned_data
        lines = [
            Line(product, new_price(product.price_cents, typed["percent"], typed["rounding"]))
            for product in products
        ]
    changes = [line.change for line in lines if not line.problem]
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": "Change prices",
        "products": products,
        "form": form,
        "lines": lines,
        "some_on_sale": any(product.sale_price_cents for product in products),
        "number": len(changes),
        "signed": signing.dumps(changes, salt=SALT),
        "list_url": list_url(request),
        "write_url": f"{reverse('admin:shop_product_prices_write')}?{request.GET.urlencode()}",
        "currency": settings.CURRENCY,
    }
    return render(request, "shop/admin/prices.html", context)


@require_POST
def write_prices(request: HttpRequest) -> HttpResponse:
    check(request)
    try:
        signed = signing.loads(request.POST.get("changes", ""), salt=SALT)
    except signing.BadSignature:
        messages.error(request, "No price was changed. Choose the products again.")
        return redirect(list_url(request))
    changes = [Change(*change) for change in signed]
    left_out = write(request, changes)
    number = len(changes) - len(left_out)
    messages.success(request, f"{number} price{pluralize(number)} changed.")
    if left_out:
        names = ", ".join(left_out)
        messages.warning(request, f"Left out, as they were changed since you looked: {names}.")
    return redirect(list_url(request))


def write(request: HttpRequest, changes: list[Change]) -> list[str]:
    """Change the prices that are still what they were; the others, by what they are called."""
    left_out = []
    with transaction.atomic():
        chosen = Product.objects.filter(pk__in=[change.pk for change in changes])
        found = Product.objects.in_bulk(lock(chosen))
        for change in changes:
            product = found.get(change.pk)
            if not product:
                left_out.append("a product that was deleted")
            elif change.after <= (product.sale_price_cents or 0):
                sale = format_money(product.sale_price_cents or 0, settings.CURRENCY)
                left_out.append(f"{product} (its sale price is {sale})")
            elif product.price_cents == change.before:
                product.price_cents = change.after
                product.save(update_fields=["price_cents"])
                before, after = (
                    format_money(price, settings.CURRENCY)
                    for price in (change.before, change.after)
                )
                log_change(request, [product], f"Price from {before} to {after} (by percent).")
            elif product.price_cents != change.after:  # which the first half of a double click made
                now = format_money(product.price_cents, settings.CURRENCY)
                left_out.append(f"{product} (now {now})")
    return left_out
