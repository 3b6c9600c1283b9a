"""What staff do with a product's stock: put in, take out, count."""

from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts.as_shown import DigitsInput, log_change
from shop.models import OutOfStock, Product, StockMoved, StockMovement

Reason = StockMovement.Reason
MOST = 1_000_000


class MoveForm(forms.Form):
    """So many more, or so many less."""

    movement_id = forms.UUIDField(initial=uuid4, widget=forms.HiddenInput())
    # A plain text field: the digits of many telephones have no minus.
    change = forms.CharField(
        label="Change", max_length=12, help_text="+10 puts ten in, -2 takes two out."
    )
    reason = forms.ChoiceField(
        choices=[(r.value, r.label) for r in (Reason.DELIVERY, Reason.RETURN, Reason.DAMAGE)]
        + [(Reason.CORRECTION.value, Reason.CORRECTION.label)]
    )

    def clean_change(self) -> int:
        typed = self.cleaned_data["change"].replace("\N{MINUS SIGN}", "-").replace(" ", "")
        try:
            change = int(typed) if typed.lstrip("+-").isdecimal() else 0
        except ValueError:  # such as +-2
            change = 0
        if not 0 < abs(change) <= MOST:
            raise forms.ValidationError("Write a whole number such as +10 or -2.")
        return change


class CountForm(forms.Form):
    """What somebody counted, and what the page said then."""

    seen = forms.IntegerField(required=False, widget=forms.HiddenInput())
    counted = forms.IntegerField(
        label="Counted",
        required=False,
        min_value=0,
        max_value=MOST,
        widget=DigitsInput(),
        help_text="Without what open checkouts hold. Empty: it is not counted any more.",
    )


def page_of(request: HttpRequest, pk: int) -> Product:
    if not request.user.has_perms(("shop.view_product", "shop.change_product")):
        raise PermissionDenied
    return get_object_or_404(Product, pk=pk)


@require_GET
def stock_page(request: HttpRequest, pk: int) -> HttpResponse:
    return show(request, page_of(request, pk))


@require_POST
def move_stock(request: HttpRequest, pk: int) -> HttpResponse:
    product = page_of(request, pk)
    form = MoveForm(request.POST, prefix="move")
    if not form.is_valid():
        return show(request, product, move_form=form)
    typed = form.cleaned_data
    movement = StockMovement(
        id=typed["movement_id"],
        product=product,
        change=typed["change"],
        reason=typed["reason"],
        user_id=request.user.pk,
    )
    try:
        with transaction.atomic():
            if is_news := movement.make():
                now = stock_of(product)
                note(request, product, now - movement.change, movement.get_reason_display())
    except OutOfStock as error:
        form.add_error("change", f"There are only {error.left}.")
        return show(request, product, move_form=form)
    return done(request, product, is_news)


@require_POST
def count_stock(request: HttpRequest, pk: int) -> HttpResponse:
    product = page_of(request, pk)
    form = CountForm(request.POST, prefix="count")
    if not form.is_valid():
        return show(request, product, count_form=form)
    counted, seen = form.cleaned_data["counted"], form.cleaned_data["seen"]
    try:
        with transaction.atomic():
            if is_news := StockMovement.count(product, counted, seen, user_id=request.user.pk):
                note(request, product, seen, Reason.COUNT.label)
    except StockMoved as error:
        data = request.POST.copy()
        data["count-seen"] = "" if error.now is None else str(error.now)
        form.data = data
        words = f"It was {said(seen)} when you looked, and is {said(error.now)}."
        form.add_error("counted", f"{words} Count again, then save what you counted.")
        return show(request, product, count_form=form)
    return done(request, product, is_news)


def stock_of(product: Product) -> int:
    product.refresh_from_db(fields=["stock"])
    return product.stock or 0


def said(stock: int | None) -> str:
    return "not counted" if stock is None else str(stock)


def note(request: HttpRequest, product: Product, before: int | None, reason: str) -> None:
    """In the history, in the transaction that holds the product's lock."""
    product.refresh_from_db(fields=["stock"])
    words = f"Stock from {said(before)} to {said(product.stock)} ({reason})."
    log_change(request, [product], words)


def done(request: HttpRequest, product: Product, is_news: bool) -> HttpResponse:
    product.refresh_from_db(fields=["stock"])
    if is_news:
        messages.success(request, f"The stock of {product} is {said(product.stock)} now.")
    else:
        messages.info(request, f"Nothing was changed: the stock is {said(product.stock)}.")
    return redirect("admin:shop_product_stock", product.pk)


def show(
    request: HttpRequest,
    product: Product,
    move_form: MoveForm | None = None,
    count_form: CountForm | None = None,
) -> HttpResponse:
    product.refresh_from_db(fields=["stock"])
    initial = {"seen": product.stock}
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": f"Stock of {product}",
        "product": product,
        "move_form": move_form or MoveForm(prefix="move"),
        "count_form": count_form or CountForm(prefix="count", initial=initial),
    }
    return render(request, "shop/admin/stock.html", context)
