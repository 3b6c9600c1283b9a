from datetime import datetime
from functools import partial
from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet
from django.forms.models import model_to_dict
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.text import capfirst

from accounts.as_shown import AsShownAdmin, AsShownForm, log_change
from accounts.large_lists import LargeListAdmin
from accounts.locking import lock
from shop.admin_categories import change_category
from shop.admin_checkouts import find_checkouts
from shop.admin_delivery import DeliveryOptionAdmin
from shop.admin_import import export_products, import_checked, import_file
from shop.admin_prices import change_prices, write_prices
from shop.admin_records import ReadOnlyAdmin, ReadOnlyInline
from shop.admin_slugs import SlugForm, TitleSlugForm
from shop.admin_stock import count_stock, move_stock, stock_page
from shop.admin_variants import COPIED, SHARED, CopyForm, LikeForm, add_variant
from shop.chosen_products import open_with
from shop.models import (
    COMMON_POSITION,
    FEW_LEFT,
    BackInStockRequest,
    Category,
    Checkout,
    CheckoutLine,
    DeliveryOption,
    Family,
    Page,
    Product,
    ProductPicture,
    ProductQuerySet,
    Shop,
)
from shop.money import format_money, unpayable_reason
from shop.money_field import MoneyField


def short(moment: datetime) -> str:
    """In the shop's zone."""
    return date_format(timezone.localtime(moment), "SHORT_DATETIME_FORMAT")


class PositionField(forms.IntegerField):
    """Where nothing is typed, among most others."""

    def to_python(self, value: Any) -> int:
        typed = super().to_python(value)
        return COMMON_POSITION if typed is None else typed


class ProductForm(SlugForm):
    named_by = ("name", "variant_name")

    class Meta:
        model = Product
        fields = (
            "name",
            "family",
            "variant_name",
            "slug",
            "sku",
            "category",
            "position",
            "description",
            "details",
            "price_cents",
            *("sale_price_cents", "sale_from", "sale_until"),
            "stock",
            "is_active",
            "image",
            "image_alt",
        )

    def lock_row(self) -> None:
        """Its category before it, as whoever renames a category takes them."""
        chosen = self.cleaned_data.get("category")
        lock(Category.objects.filter(Q(products=self.instance.pk) | Q(pk=chosen and chosen.pk)))
        super().lock_row()


class ProductInListForm(AsShownForm):
    """The switch and the position in each row of the list, named for those who hear the page."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        switch = self.fields["is_active"]
        switch.help_text = ""  # stands below the switch of the product's own page
        switch.widget.attrs["aria-label"] = f"{self.instance} is active"
        position = self.fields["position"]
        position.help_text = ""
        position.widget.attrs |= {"aria-label": f"Position of {self.instance}", "size": 4}


class PageInListForm(AsShownForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["position"].widget.attrs["aria-label"] = f"Position of {self.instance}"


@admin.register(Shop)
class ShopAdmin(AsShownAdmin):
    """One row: its list is its page."""

    fieldsets = (
        (None, {"fields": ("name", "wordmark", "headline", "introduction", "picture")}),
        ("Notice", {"fields": ("notice", ("notice_from", "notice_until"))}),
        (
            "Who sells",
            {
                "fields": ("legal_name", "address", "email", "phone"),
                "description": "Shown at the foot of every page.",
            },
        ),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return redirect("admin:shop_shop_change", Shop.load().pk)


@admin.register(Page)
class PageAdmin(AsShownAdmin):
    form = TitleSlugForm
    list_display = ("title", "position")
    list_editable = ("position",)
    prepopulated_fields = {"slug": ("title",)}
    fields = ("title", "slug", "text", "position")

    def get_changelist_form(self, request: HttpRequest, **kwargs: Any) -> Any:
        return super().get_changelist_form(request, form=PageInListForm, **kwargs)


@admin.register(Category)
class CategoryAdmin(AsShownAdmin):
    form = SlugForm
    list_display = ("name", "slug")
    prepopulated_fields = {"slug": ("name",)}


class StockFilter(admin.SimpleListFilter):
    title = "stock"
    parameter_name = "stock"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("low", f"Low: {FEW_LEFT} or fewer"), ("none", "Sold out")]

    def queryset(self, request: HttpRequest, products: Any) -> QuerySet[Product]:
        match self.value():
            case "low":
                return products.low_on_stock()
            case "none":
                return products.filter(stock=0)
        return products


@admin.register(Family)
class FamilyAdmin(AsShownAdmin):
    list_display = ("name", "members_name")
    search_fields = ("name",)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        to_delete, counts, permissions, protected = super().get_deleted_objects(objs, request)
        if protected:
            protected = ["It has members: take the family out of their pages first."]
        return to_delete, counts, permissions, protected


class PictureFormSet(forms.BaseInlineFormSet):
    default_error_messages: ClassVar = {
        "too_many_forms": "%(num)d further pictures are the limit. Save them without the others.",
    }


class PictureInline(admin.StackedInline):
    model = ProductPicture
    form = AsShownForm
    formfield_overrides = AsShownAdmin.formfield_overrides
    formset = PictureFormSet
    fields = ("image", "alt_text", "position")
    extra = 1
    max_num = 7

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """What is too much is not even read."""
        return super().get_formset(request, obj, absolute_max=self.max_num, **kwargs)


@admin.register(Product)
class ProductAdmin(LargeListAdmin, AsShownAdmin):
    form = ProductForm
    list_display = (
        *("thumbnail", "name", "variant_name", "sku", "price", "sale", "stock"),
        *("is_active", "category", "position", "created_at"),
    )
    list_display_links = ("thumbnail", "name")
    sortable_by = ("name", "price", "stock", "created_at")  # each has an index
    list_editable = ("is_active", "position")
    list_filter = ("is_active", StockFilter, "category", "created_at")
    list_select_related = ("category",)
    search_fields = ("search_text",)
    search_help_text = "Search name, variant, SKU, category, description and details"
    prepopulated_fields = {"slug": ("name", "variant_name")}
    inlines = (PictureInline,)
    readonly_fields = ("thumbnail", "price", "sale_price", "waiting")
    fields = (*ProductForm.Meta.fields, "thumbnail", "waiting")
    actions = ("change_prices", "change_category", "activate", "deactivate")
    list_per_page = 50

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Who may only look reads the price as money, not as the cents of the column."""
        if not obj or self.has_change_permission(request, obj):
            return self.fields
        shown = {"price_cents": "price", "sale_price_cents": "sale_price"}
        return [shown.get(name, name) for name in self.fields]

    def get_urls(self) -> list[URLPattern]:
        acts = {
            "variant": add_variant,
            "stock": stock_page,
            "stock/move": move_stock,
            "stock/count": count_stock,
        }
        own = [
            path(
                f"<int:pk>/{act}/",
                self.admin_site.admin_view(view),
                name=f"shop_product_{act.replace('/', '_')}",
            )
            for act, view in acts.items()
        ]
        of_many = {
            "import": import_file,
            "import/write": import_checked,
            "export": export_products,
            "category": change_category,
            "prices": change_prices,
            "prices/write": write_prices,
        }
        own += [
            path(
                f"{act}/",
                self.admin_site.admin_view(view),
                name=f"shop_product_{act.replace('/', '_')}",
            )
            for act, view in of_many.items()
        ]
        return [*own, *super().get_urls()]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """The stock is typed once, for a new product; then it is moved on a page of its own."""
        return (*self.readonly_fields, "stock") if obj else self.readonly_fields

    def get_changeform_initial_data(self, request: HttpRequest) -> Any:
        """A further member of a family begins with what its members have in common; a copy with
        what another product says, hidden until somebody has looked it through."""
        member, copy = LikeForm(request.GET), CopyForm(request.GET)
        if member.is_valid():
            return model_to_dict(member.cleaned_data["like"], fields=SHARED)
        if copy.is_valid():
            product = copy.cleaned_data["copy"]
            return model_to_dict(product, fields=COPIED) | {"is_active": False}
        return super().get_changeform_initial_data(request)

    def get_changelist_form(self, request: HttpRequest, **kwargs: Any) -> Any:
        return super().get_changelist_form(request, form=ProductInListForm, **kwargs)

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[ProductQuerySet, bool]:
        """By a whole SKU, or as shoppers search."""
        typed = search_term.replace("\0", "").strip()
        if typed and Product.objects.filter(sku=typed).exists():
            return queryset.filter(sku=typed), False
        return queryset.search(typed), False

    def view_on_site(self, product: Product) -> str | None:
        return product.get_absolute_url() if product.is_active else None

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "position":
            kwargs["form_class"] = PositionField
        if db_field.name not in ("price_cents", "sale_price_cents"):
            return super().formfield_for_dbfield(db_field, request, **kwargs)
        currency = settings.CURRENCY
        return MoneyField(
            currency,
            partial(unpayable_reason, currency=currency),
            label=f"{capfirst(db_field.verbose_name)} ({currency.upper()})",
            required=not db_field.blank,
            help_text=db_field.help_text,
        )

    @admin.display(description="picture")
    def thumbnail(self, product: Product) -> str:
        if not product.image.is_stored:
            return "–"
        return format_html('<img src="{}" alt="" class="thumbnail">', product.image.thumbnail_url)

    @admin.display(description="price", ordering="price_cents")
    def price(self, product: Product) -> str:
        return format_money(product.price_cents, settings.CURRENCY)

    @admin.display(description="sale price", empty_value="–")
    def sale_price(self, product: Product) -> str | None:
        cents = product.sale_price_cents
        return None if cents is None else format_money(cents, settings.CURRENCY)

    @admin.display(description="sale", empty_value="–")
    def sale(self, product: Product) -> str | None:
        """Its price, and what is still to come of its time."""
        price = self.sale_price(product)
        if price and product.sale_until and product.sale_until <= product.moment:
            return f"{price}, over"
        ends = {"from": product.sale_from, "until": product.sale_until}
        told = [
            f"{word} {short(end)}" for word, end in ends.items() if end and end > product.moment
        ]
        return price and " ".join([price, *told])

    @admin.display(description="shoppers who wait for it")
    def waiting(self, product: Product) -> int:
        return BackInStockRequest.objects.filter(product=product.pk).count()

    @admin.action(description="Change prices by percent", permissions=["change"])
    def change_prices(self, request: HttpRequest, products: ProductQuerySet) -> HttpResponse | None:
        return open_with(request, products, "prices")

    @admin.action(description="Change the category", permissions=["change"])
    def change_category(
        self, request: HttpRequest, products: ProductQuerySet
    ) -> HttpResponse | None:
        return open_with(request, products, "category")

    @admin.action(description="Activate selected products", permissions=["change"])
    def activate(self, request: HttpRequest, products: ProductQuerySet) -> None:
        number = self.switch(request, products, is_active=True)
        self.message_user(request, f"{number} products are active now.")

    @admin.action(description="Deactivate selected products", permissions=["change"])
    def deactivate(self, request: HttpRequest, products: ProductQuerySet) -> None:
        number = self.switch(request, products, is_active=False)
        self.message_user(request, f"{number} products are hidden now.")

    def switch(self, request: HttpRequest, products: ProductQuerySet, *, is_active: bool) -> int:
        """How many they are, and in the history of each that was not so already."""
        words = "Active from no to yes." if is_active else "Active from yes to no."
        with transaction.atomic():
            chosen = Product.objects.filter(pk__in=lock(products))
            log_change(request, list(chosen.filter(is_active=not is_active)), words)
            return chosen.switch(is_active=is_active)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Product]) -> None:
        """One at a time, so that nobody waits for one product with another in hand."""
        for product in queryset:
            product.delete()

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """A bought product stays; say what to do instead of listing the order lines.

        What shoppers put off goes with it: nobody else may delete that.
        """
        to_delete, counts, _permissions, protected = super().get_deleted_objects(objs, request)
        if protected:
            protected = [
                "It was bought, and orders keep what they are made of. Deactivate it instead: "
                "it leaves the shop, and the orders stay whole."
            ]
        return to_delete, counts, set(), protected


admin.site.register(DeliveryOption, DeliveryOptionAdmin)


class CheckoutLineInline(ReadOnlyInline):
    model = CheckoutLine
    fields = readonly_fields = ("product_name", "quantity", "unit_price", "line_total")

    def currency_of(self, line: CheckoutLine) -> str:
        return line.checkout.currency


@admin.register(Checkout)
class CheckoutAdmin(ReadOnlyAdmin, LargeListAdmin):
    list_display = ("created_at", "user", "total", "status", "expires_at", "stripe_session_id")
    list_filter = ("needs_review", "status", "created_at")
    list_select_related = ("user",)
    sortable_by = ("created_at",)
    search_fields = ("id",)
    search_help_text = (
        "The whole of a username, an e-mail address or Stripe’s session; or a product"
    )
    fields = (
        "id",
        "user",
        "email",
        "total",
        "status",
        "stripe_session_id",
        "created_at",
        "expires_at",
        "payment_failed_at",
        "review_reason",
    )
    inlines = (CheckoutLineInline,)
    actions = ("resolve_review",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Checkout], search_term: str
    ) -> tuple[QuerySet[Checkout], bool]:
        return find_checkouts(queryset, search_term), False

    def has_resolve_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("shop.change_checkout")

    @admin.action(description="Mark selected checkouts as reviewed", permissions=["resolve"])
    def resolve_review(self, request: HttpRequest, checkouts: QuerySet[Checkout]) -> None:
        with transaction.atomic():
            those = Checkout.objects.filter(pk__in=lock(checkouts.filter(needs_review=True)))
            log_change(request, list(those), "Review resolved.")
            resolved = those.update(needs_review=False)
        self.message_user(request, f"{resolved} checkouts need no review any more.")

    @admin.display(description="total", ordering="total_cents")
    def total(self, checkout: Checkout) -> str:
        return format_money(checkout.total_cents, checkout.currency)
