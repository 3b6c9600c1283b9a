"""The admin of what nobody edits: what shoppers put off here, checkouts beside the products, orders
and events in the other app."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from shop.models import BackInStockRequest, SavedProduct
from shop.money import format_money


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


@admin.register(SavedProduct)
class SavedProductAdmin(ReadOnlyAdmin):
    list_display = ("product", "user", "created_at")
    list_display_links = None
    list_select_related = ("product", "user")
    list_filter = ("created_at",)
    search_fields = ("product__name", "product__variant_name", "user__username", "user__email")


@admin.register(BackInStockRequest)
class BackInStockRequestAdmin(ReadOnlyAdmin):
    list_display = ("product", "user", "created_at", "claimed_at")
    list_display_links = None
    list_select_related = ("product", "user")
    list_filter = ("created_at",)
    search_fields = ("product__name", "product__variant_name", "user__username", "user__email")
