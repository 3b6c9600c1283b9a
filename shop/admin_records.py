"""The admin of what nobody edits: what shoppers put off here, checkouts beside the products, orders
and events in the other app."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from accounts.large_lists import LargeListAdmin
from accounts.models import User
from shop.models import BackInStockRequest, Product, SavedProduct
from shop.money import format_money

# Words that more products hold than these are no way to find one.
MOST_PRODUCTS = 300


class ReadOnlyAdmin(admin.ModelAdmin):
    """Records: staff look at them, nobody edits them."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyInline(admin.TabularInline):
    """What a record is made of: whoever may see the record sees it whole."""

    # Django's own is for editing: empty headings, and each line's name twice.
    template = "admin/record_lines.html"
    extra = 0
    can_delete = False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="unit price")
    def unit_price(self, line: Any) -> str:
        return format_money(line.unit_price_cents, self.currency_of(line))

    @admin.display(description="total")
    def line_total(self, line: Any) -> str:
        return format_money(line.total_cents, self.currency_of(line))

    def currency_of(self, line: Any) -> str:
        raise NotImplementedError


class PutOffAdmin(ReadOnlyAdmin, LargeListAdmin):
    """What a shopper means to do with a product later."""

    list_display: Any = ("product", "user", "created_at")
    list_display_links = None
    list_select_related = ("product", "user")
    list_filter = ("created_at",)
    sortable_by = ("created_at",)
    search_fields = ("product",)
    search_help_text = "The whole of a username or an e-mail address; or words of a product"

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        typed = search_term.replace("\0", "").strip()
        if not typed:
            return queryset, False
        found = Product.objects.search(typed).order_by("pk").values_list("pk", flat=True)
        wanted = Q(product__in=list(found[:MOST_PRODUCTS]))
        # Somebody may be called as a product is.
        if shoppers := [*User.with_name(typed), *User.with_email(typed)]:
            wanted |= Q(user__in=shoppers)
        return queryset.filter(wanted), False


@admin.register(SavedProduct)
class SavedProductAdmin(PutOffAdmin):
    pass


@admin.register(BackInStockRequest)
class BackInStockRequestAdmin(PutOffAdmin):
    list_display = (*PutOffAdmin.list_display, "claimed_at")
