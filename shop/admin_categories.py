"""Many products moved into another category by one button."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.defaultfilters import pluralize
from django.views.decorators.http import require_http_methods

from accounts.locking import lock
from shop.chosen_products import chosen_products, list_url
from shop.models import Category, Product

NEEDED = ("shop.view_product", "shop.change_product")
SALT = "shop.admin_categories"


class MoveForm(forms.Form):
    category = forms.ModelChoiceField(Category.objects.all(), label="Move to", empty_label=None)
    # In which category the page showed each of them.
    shown = forms.CharField(widget=forms.HiddenInput())

    def clean_shown(self) -> dict[int, int]:
        try:
            signed = signing.loads(self.cleaned_data["shown"], salt=SALT)
        except signing.BadSignature:
            raise forms.ValidationError("Choose the products again.") from None
        return {int(pk): category for pk, category in signed.items()}


@require_http_methods(["GET", "POST"])
def change_category(request: HttpRequest) -> HttpResponse:
    if not request.user.has_perms(NEEDED):
        raise PermissionDenied
    form = MoveForm(request.POST or None)
    with transaction.atomic():
        if form.is_bound:  # before the products, as whoever renames a category takes them
            lock(Category.objects.all())
        if form.is_valid():
            move(request, form.cleaned_data["shown"], form.cleaned_data["category"])
            return redirect(list_url(request))
    products = list(chosen_products(request).select_related("category"))
    shown = {product.pk: product.category_id for product in products}
    form.initial["shown"] = signing.dumps(shown, salt=SALT)
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": "Change the category",
        "products": products,
        "form": form,
        "button": f"Move {len(products)} product{pluralize(len(products))}",
        "list_url": list_url(request),
    }
    return render(request, "shop/admin/category.html", context)


def move(request: HttpRequest, shown: Mapping[int, int], category: Category) -> None:
    """Those that are still where they were shown, in the same few queries however many they are."""
    moved, left_out, entries = [], [], []
    locked = lock(Product.objects.filter(pk__in=shown))
    for product in Product.objects.filter(pk__in=locked).select_related("category"):
        before = product.category
        if before == category:  # a double click, or a colleague, has made it so
            continue
        if before.pk != shown[product.pk]:
            left_out.append(f"{product} (now in {before})")
            continue
        product.category = category
        product.gather_search_text(category)
        moved.append(product)
        entries.append(history(request, product, f"Category from {before} to {category}."))
    Product.objects.bulk_update(moved, ["category", "search_text"])
    LogEntry.objects.bulk_create(entries)
    number = len(moved)
    messages.success(request, f"{number} product{pluralize(number)} moved to {category}.")
    if left_out:
        names = ", ".join(left_out)
        messages.warning(request, f"Left out, as they were changed since you looked: {names}.")


def history(request: HttpRequest, product: Product, words: str) -> LogEntry:
    return LogEntry(
        user_id=str(request.user.pk),
        content_type=ContentType.objects.get_for_model(Product),
        object_id=str(product.pk),
        object_repr=str(product)[:200],
        action_flag=CHANGE,
        change_message=words,
    )
