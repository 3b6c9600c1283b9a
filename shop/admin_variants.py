"""From a product to the form for another one: a further member of its family, or a copy."""

from typing import ClassVar

from django import forms
from django.contrib import admin
from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts.locking import lock
from shop.models import LONGEST_VARIANT, Category, Family, Product

NEEDED = ("shop.view_product", "shop.add_product", "shop.change_product")
# What a further member begins with. Its stock and its pictures are its own.
SHARED = ("name", "family", "category", "description", "details", "price_cents")
# A copy is a product of its own, of no family.
COPIED = tuple(name for name in SHARED if name != "family")


class LikeForm(forms.Form):
    """The member of the family after which another one is made."""

    like = forms.ModelChoiceField(Product.objects.exclude(family=None))


class CopyForm(forms.Form):
    """The product of which a copy is made."""

    copy = forms.ModelChoiceField(Product.objects.all())


class NewFamilyForm(forms.ModelForm):
    """A family around a product, which then needs a word that sets it apart."""

    variant_name = forms.CharField(
        label="this one is", max_length=LONGEST_VARIANT, help_text="Such as: Medium."
    )

    class Meta:
        model = Family
        fields = ("name", "members_name")
        help_texts: ClassVar = {"name": "What all of them are called, without the size."}


@require_http_methods(["GET", "POST"])
def add_variant(request: HttpRequest, pk: int) -> HttpResponse:
    """The form for one more of the family; a product that has none gets one first."""
    if not request.user.has_perms(NEEDED):
        raise PermissionDenied
    product = get_object_or_404(Product, pk=pk)
    if product.family:
        return redirect(f"{reverse('admin:shop_product_add')}?like={pk}")
    if not request.user.has_perm("shop.add_family"):
        raise PermissionDenied
    form = NewFamilyForm(request.POST or None, initial={"name": product.name})
    if request.method == "POST" and form.is_valid():
        try:
            make_family(request, pk, form)
            return redirect(request.path)
        except IntegrityError:
            form = NewFamilyForm(request.POST)
            if form.is_valid():  # no colleague has taken the name: it is something else
                raise
    context = {"title": f"{product} in another size", "product": product, "form": form}
    return render(request, "shop/admin/new_family.html", admin.site.each_context(request) | context)


def make_family(request: HttpRequest, pk: int, form: NewFamilyForm) -> None:
    """Unless the product has one by now: a double click, or a colleague was faster."""
    with transaction.atomic():
        lock(Category.objects.filter(products=pk))  # before the product, as whoever renames it
        product = get_object_or_404(Product.objects.select_for_update(no_key=True), pk=pk)
        if product.family_id:
            return
        family = form.save()
        product.family, product.name = family, family.name
        product.variant_name = form.cleaned_data["variant_name"]
        product.save(update_fields=["family", "name", "variant_name"])
        user = str(request.user.pk)
        made = f"Made around {product}."
        LogEntry.objects.log_actions(user, [family], ADDITION, made, single_object=True)
        joined = f"Joined the family {family}."
        LogEntry.objects.log_actions(user, [product], CHANGE, joined, single_object=True)
