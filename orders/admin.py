from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from orders.models import Order, OrderLine, StripeEvent
from shop.admin import ReadOnlyAdmin, ReadOnlyInline
from shop.money import format_money


class OrderLineInline(ReadOnlyInline):
    model = OrderLine
    fields = readonly_fields = ("product_name", "product", "quantity", "unit_price", "line_total")

    def currency_of(self, line: OrderLine) -> str:
        return line.order.currency


@admin.register(Order)
class OrderAdmin(ReadOnlyAdmin):
    list_display = ("number", "buyer", "products", "quantity", "total", "paid_at", "needs_review")
    list_filter = ("needs_review", "paid_at", "currency")
    date_hierarchy = "paid_at"
    list_select_related = ("user",)
    search_fields = (
        "number",
        "user__username",
        "user__email",
        "email",
        "lines__product_name",
        "stripe_session_id",
        "stripe_payment_intent_id",
    )
    search_help_text = "Search number, buyer, e-mail, product, Stripe session or payment"
    ordering = ("-needs_review", "-paid_at")
    fieldsets = (
        (None, {"fields": ("number", "user", "email", "paid_at", "created_at")}),
        ("Money", {"fields": ("subtotal", "discount", "shipping", "tax", "total")}),
        ("Delivery", {"fields": ("shipping_name", "shipping_address")}),
        ("Stripe", {"fields": ("stripe_session_id", "stripe_payment_intent_id")}),
        ("Review", {"fields": ("needs_review", "review_reason")}),
    )
    inlines = (OrderLineInline,)
    list_per_page = 50

    def get_queryset(self, request: HttpRequest) -> QuerySet[Order]:
        return super().get_queryset(request).prefetch_related("lines")

    @admin.display(description="buyer", ordering="user__username")
    def buyer(self, order: Order) -> str:
        return order.user.username if order.user else f"{order.email} (account deleted)"

    @admin.display(description="products")
    def products(self, order: Order) -> str:
        return ", ".join(line.product_name for line in order.lines.all())

    @admin.display(description="quantity")
    def quantity(self, order: Order) -> int:
        return sum(line.quantity for line in order.lines.all())

    @admin.display(description="amount", ordering="total_cents")
    def total(self, order: Order) -> str:
        return format_money(order.total_cents, order.currency)

    @admin.display(description="subtotal")
    def subtotal(self, order: Order) -> str:
        return format_money(order.subtotal_cents, order.currency)

    @admin.display(description="discount")
    def discount(self, order: Order) -> str:
        return format_money(order.discount_cents, order.currency)

    @admin.display(description="shipping")
    def shipping(self, order: Order) -> str:
        return format_money(order.shipping_cents, order.currency)

    @admin.display(description="tax")
    def tax(self, order: Order) -> str:
        return format_money(order.tax_cents, order.currency)


@admin.register(StripeEvent)
class StripeEventAdmin(ReadOnlyAdmin):
    list_display = ("received_at", "type", "object_id", "stripe_event_id")
    list_filter = ("type", "received_at")
    search_fields = ("stripe_event_id", "object_id")
