from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import flatten_fieldsets
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.text import slugify

from accounts.as_shown import AsShownAdmin
from accounts.large_lists import LargeListAdmin
from orders import (
    admin_customers,
    admin_export,
    admin_views,
    chosen_orders,
    mails,
    to_ship,
)
from orders.events import HANDLERS, handle
from orders.forms import OrderForm
from orders.models import (
    STATUSES,
    TO_SHIP,
    Dispute,
    Order,
    OrderLine,
    Refund,
    RefusedAddress,
    StripeEvent,
)
from orders.overview import webhook_health
from orders.search import find_orders
from shop.admin_records import ReadOnlyAdmin, ReadOnlyInline
from shop.money import format_money
from shop.payments import dashboard_url
from shop.spreadsheet import suggested_kind
from shop.stripe_objects import Event


class OrderLineInline(ReadOnlyInline):
    model = OrderLine
    fields = readonly_fields = ("product_name", "product", "quantity", "unit_price", "line_total")

    def currency_of(self, line: OrderLine) -> str:
        return line.order.currency


class RefundInline(ReadOnlyInline):
    model = Refund
    fields = readonly_fields = (
        *("created_at", "amount", "products", "reason", "status", "stripe_refund_id"),
    )

    @admin.display(description="products")
    def products(self, refund: Refund) -> str:
        return ", ".join(map(str, refund.lines.select_related("line"))) or "–"

    @admin.display(description="amount")
    def amount(self, refund: Refund) -> str:
        return format_money(refund.amount_cents, refund.order.currency)


class DisputeInline(ReadOnlyInline):
    model = Dispute
    fields = readonly_fields = ("created_at", "amount", "status", "due_by", "stripe_dispute_id")

    @admin.display(description="amount")
    def amount(self, dispute: Dispute) -> str:
        return format_money(dispute.amount_cents, dispute.order.currency)


class StatusFilter(admin.SimpleListFilter):
    title = "status"
    parameter_name = "status"
    CHOICES = {
        "to_ship": ("To ship", TO_SHIP),
        "needs_review": ("Needs review", Q(needs_review=True)),
        "disputed": ("Disputed", Q(disputed=True)),
        **STATUSES,
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(value, words) for value, (words, _) in self.CHOICES.items()]

    def queryset(self, request: HttpRequest, orders: QuerySet[Order]) -> QuerySet[Order]:
        _, condition = self.CHOICES.get(self.value() or "", ("", Q()))
        return orders.filter(condition)


class MailFilter(admin.SimpleListFilter):
    title = "mail"
    parameter_name = "mail"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("late", "Not sent for an hour")]

    def queryset(self, request: HttpRequest, orders: QuerySet[Order]) -> QuerySet[Order]:
        late = mails.orders_with_late_mail()
        return orders.filter(pk__in=late.values("pk")) if self.value() == "late" else orders


@admin.register(Order)
class OrderAdmin(ReadOnlyAdmin, LargeListAdmin, AsShownAdmin):
    list_display = ("number", "status_badge", "buyer", "products", "quantity", "amount", "paid_at")
    list_filter = (StatusFilter, MailFilter, "paid_at")
    date_hierarchy = "paid_at"
    list_select_related = ("user",)
    search_fields = ("number",)  # and more: orders/search.py
    search_help_text = (
        "Search number, buyer, e-mail, recipient, address, tracking number, product, Stripe "
        "session, payment or refund"
    )
    # As the indexes have it: nothing sorts all orders.
    ordering = ("-needs_review", "-paid_at", "-pk")
    sortable_by = ("number", "amount", "paid_at")
    fieldsets = (
        ("Review", {"fields": ("review_reason", "review_note")}),
        (None, {"fields": ("status_badge", "staff_note")}),
        (
            "Buyer",
            {
                "fields": (
                    *(("user", "email"), ("refused", "corrected")),
                    ("paid_at", "receipt_sent_at"),
                )
            },
        ),
        ("Money", {"fields": ("money", "payment", "stripe_session_id")}),
        (
            "Delivery",
            {
                "fields": (
                    *("address", "delivery", "shipped_at"),
                    *("carrier", "tracking_number", "tracking_url"),
                )
            },
        ),
    )
    form = OrderForm
    save_on_top = True
    inlines = (OrderLineInline, RefundInline, DisputeInline)
    actions = ("ship", "packing_slips", "export_orders", "export_lines")
    list_per_page = 50
    view_on_site = False  # the page on the site is the buyer's alone

    def get_queryset(self, request: HttpRequest) -> QuerySet[Order]:
        return super().get_queryset(request).prefetch_related("lines")

    def get_list_display(self, request: HttpRequest) -> Any:
        return to_ship.COLUMNS if self.is_packing(request) else self.list_display

    def get_ordering(self, request: HttpRequest) -> Any:
        """Of some days the latest first, whatever needs review: by the index of the days."""
        if self.is_packing(request):
            return to_ship.OLDEST_FIRST
        of_days = any(name.startswith("paid_at__") for name in request.GET)
        return ("-paid_at", "-pk") if of_days else self.ordering

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Order], search_term: str
    ) -> tuple[QuerySet[Order], bool]:
        return find_orders(queryset, search_term), False

    def is_packing(self, request: HttpRequest) -> bool:
        return request.GET.get(StatusFilter.parameter_name) == "to_ship"

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The note is all that the page lets anybody change; for the rest there are buttons."""
        return admin.ModelAdmin.has_change_permission(self, request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        shown = flatten_fieldsets(self.get_fieldsets(request, obj))
        return [name for name in shown if name != "staff_note"]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """The review is on top while there is something to say about it."""
        return self.fieldsets if obj and obj.review_reason else self.fieldsets[1:]

    def get_inlines(self, request: HttpRequest, obj: Any = None) -> Any:
        """Refunds and disputes only where there are any."""
        shown = {
            OrderLineInline: True,
            RefundInline: bool(obj) and obj.refunds.exists(),
            DisputeInline: bool(obj) and obj.disputes.exists(),
        }
        return [inline for inline in self.inlines if shown[inline]]

    def get_urls(self) -> list[URLPattern]:
        views = {
            "ship": admin_views.ship_order,
            "unship": admin_views.unship_order,
            "refund": admin_views.refund_order,
            "correct": admin_views.correct_order,
            "cancel": admin_views.cancel_order,
            "resolve": admin_views.resolve_review,
            "resend-receipt": admin_views.resend_receipt,
        }
        own = [
            path(
                f"<int:pk>/{act}/",
                self.admin_site.admin_view(view),
                name=f"orders_order_{act.replace('-', '_')}",
            )
            for act, view in views.items()
        ]
        of_many = {
            "ship": chosen_orders.ship_many,
            "packing-slips": chosen_orders.packing_slips,
        }
        own += [
            path(
                f"{act}/",
                self.admin_site.admin_view(view),
                name=f"orders_order_many_{act.replace('-', '_')}",
            )
            for act, view in of_many.items()
        ]
        export = self.admin_site.admin_view(admin_export.export)
        own.append(path("export/", export, name="orders_order_export"))
        return own + admin_customers.urls() + super().get_urls()

    @admin.action(description="Ship selected orders", permissions=["change"])
    def ship(self, request: HttpRequest, orders: QuerySet[Order]) -> HttpResponse | None:
        return chosen_orders.open_with(request, orders, "many_ship")

    @admin.action(description="Print packing slips of selected orders")
    def packing_slips(self, request: HttpRequest, orders: QuerySet[Order]) -> HttpResponse | None:
        return chosen_orders.open_with(request, orders, "many_packing_slips")

    def has_export_permission(self, request: HttpRequest) -> bool:
        return admin_export.may_export(request)

    @admin.action(description="Export selected orders as CSV", permissions=["export"])
    def export_orders(self, request: HttpRequest, orders: QuerySet[Order]) -> HttpResponseBase:
        kind = suggested_kind()
        return admin_export.export_orders(request, orders, kind, "chosen in the list")

    @admin.action(description="Export lines of selected orders as CSV", permissions=["export"])
    def export_lines(self, request: HttpRequest, orders: QuerySet[Order]) -> HttpResponseBase:
        kind = suggested_kind()
        return admin_export.export_lines(request, orders, kind, "chosen in the list")

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
    def amount(self, order: Order) -> str:
        return format_money(order.total_cents, order.currency)

    @admin.display(description="status")
    def status_badge(self, order: Order) -> str:
        flags = {"needs review": order.needs_review, "disputed": order.disputed}
        most_urgent = next((words for words, is_set in flags.items() if is_set), "")
        kind = slugify(most_urgent or order.status.rpartition(", ")[2])
        words = ", ".join([order.status, *(words for words, is_set in flags.items() if is_set)])
        return format_html('<span class="badge badge-{}">{}</span>', kind, words)

    @admin.display(description="amounts")
    def money(self, order: Order) -> str:
        parts = {
            "Subtotal": order.subtotal_cents,
            "Discount": -order.discount_cents,
            "Delivery": order.shipping_cents,
            order.tax_label: order.tax_cents,
            "Total": order.total_cents,
            "Refunded": -order.refunded_cents,
            "Lost in disputes": -order.lost_cents,
        }
        return format_html_join(
            "",
            '<span class="sum"><span>{}</span> <span>{}</span></span>',
            (
                (name, format_money(amount, order.currency))
                for name, amount in parts.items()
                if amount or name == "Total"
            ),
        )

    @admin.display(description="Stripe payment")
    def payment(self, order: Order) -> str:
        payment_id = order.stripe_payment_intent_id
        url = dashboard_url(payment_id or "")
        link = '<a href="{}">{} in Stripe’s dashboard</a>'
        return format_html(link, url, payment_id) if url else payment_id or "nothing was due"

    @admin.display(description="delivery", ordering="expected_to")
    def delivery(self, order: Order) -> str:
        return order.delivery or "–"

    @admin.display(description="e-mail refused")
    def refused(self, order: Order) -> str:
        refusal = RefusedAddress.objects.filter(email=order.email).first()
        if not refusal:
            return "–"
        day = date_format(timezone.localtime(refusal.refused_at))
        return f"by the mail server on {day}. Correct the address, or tell the buyer otherwise."

    @admin.display(description="e-mail corrected")
    def corrected(self, order: Order) -> str:
        if not order.email_corrected_at:
            return "–"
        day = date_format(timezone.localtime(order.email_corrected_at))
        return f"on {day}; it was {order.former_email or 'empty'}"

    @admin.display(description="address")
    def address(self, order: Order) -> str:
        lines = [order.shipping_name, *order.shipping_address.splitlines()]
        if order.former_address:
            lines.append(f"Ordered to: {', '.join(order.former_address.splitlines())}")
        return format_html_join(mark_safe("<br>"), "{}", ((line,) for line in lines if line)) or "–"


class EventTypeFilter(admin.SimpleListFilter):
    """The types that do something here: to list those that came, the database would read all."""

    title = "type"
    parameter_name = "type"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, name) for name in sorted(HANDLERS)]

    def queryset(self, request: HttpRequest, events: QuerySet[Any]) -> QuerySet[Any]:
        return events.filter(type=self.value()) if self.value() else events


@admin.register(StripeEvent)
class StripeEventAdmin(ReadOnlyAdmin, LargeListAdmin):
    list_display = ("received_at", "type", "object_id", "handled_at", "error")
    list_filter = (("handled_at", admin.EmptyFieldListFilter), EventTypeFilter, "received_at")
    search_fields = ("stripe_event_id",)
    search_help_text = "The whole id of an event, its object or its payment"
    sortable_by = ("received_at",)
    actions = ("handle_again",)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return super().changelist_view(
            request, {"health": webhook_health()} | (extra_context or {})
        )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[StripeEvent], search_term: str
    ) -> tuple[QuerySet[StripeEvent], bool]:
        """By an id alone, of which each has an index."""
        if not (typed := search_term.strip()):
            return queryset, False
        ids = ("stripe_event_id", "object_id", "payment_intent_id")
        return queryset.filter(Q(*((name, typed) for name in ids), _connector=Q.OR)), False

    def has_handle_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("orders.change_stripeevent")

    @admin.action(description="Handle selected events again", permissions=["handle"])
    def handle_again(self, request: HttpRequest, events: QuerySet[StripeEvent]) -> None:
        for row in events.filter(handled_at=None).order_by("received_at"):
            event = Event(row.stripe_event_id, row.type, row.object_id, row.payment_intent_id)
            try:
                handle(event)
            except Exception as error:  # whatever it is, staff want to read it
                self.message_user(request, f"{row}: still failing ({error})", messages.ERROR)
            else:
                self.message_user(request, f"{row}: handled.")
