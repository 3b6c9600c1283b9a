"""The page on which staff choose what of a period goes into a spreadsheet, and who did before."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.template.defaultfilters import pluralize
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from orders.admin_views import admin_page
from orders.export import lines_csv, orders_csv, refunds_csv
from orders.models import Dispute, Order, OrderLine, Refund
from shop.spreadsheet import KindField


def day_input() -> forms.DateInput:
    """Browsers show a day as people write it, and want it as below."""
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


class ExportForm(forms.Form):
    """Of which days, the first and the last among them, in the shop's zone."""

    table = forms.ChoiceField(
        label="What",
        choices={
            "orders": "Orders that were paid then, a row an order",
            "lines": "What was bought then, a row a product of an order",
            "refunds": "Money that went back then, a row a refund or a lost dispute",
        },
        widget=forms.RadioSelect,
        initial="orders",
    )
    first = forms.DateField(label="From", widget=day_input())
    last = forms.DateField(label="Until", widget=day_input())
    kind = KindField(label="Amounts")

    def clean(self) -> dict[str, Any]:
        first, last = self.cleaned_data.get("first"), self.cleaned_data.get("last")
        if first and last and last < first:
            raise ValidationError("The period ends before it begins.")
        return self.cleaned_data

    @property
    def period(self) -> tuple[datetime, datetime]:
        """When it begins, and when it is over."""
        last: date = self.cleaned_data["last"]
        return midnight(self.cleaned_data["first"]), midnight(last + timedelta(days=1))


def midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


@require_http_methods(["GET", "POST"])
def export(request: HttpRequest) -> HttpResponseBase:
    if not may_export(request):
        raise PermissionDenied
    today = timezone.localdate()
    form = ExportForm(request.POST or None, initial={"first": today.replace(day=1), "last": today})
    if form.is_valid():
        return table(request, form)
    before = LogEntry.objects.filter(content_type=of_orders(), object_id=None)
    context = {"form": form, "before": before.select_related("user")[:10]}
    return admin_page(request, "orders/admin/export.html", "Export", context)


def table(request: HttpRequest, form: ExportForm) -> HttpResponseBase:
    start, end = form.period
    kind = form.cleaned_data["kind"]
    paid = Order.objects.filter(paid_at__gte=start, paid_at__lt=end)
    days = f"{form.cleaned_data['first']} to {form.cleaned_data['last']}"
    match form.cleaned_data["table"]:
        case "orders":
            return export_orders(request, paid, kind, days)
        case "lines":
            return export_lines(request, paid, kind, days)
    made = Q(created_at__gte=start, created_at__lt=end)
    refunds = Refund.objects.given().filter(made)
    disputes = Dispute.objects.filter(made, status=Dispute.LOST)
    log_export(request, refunds.count() + disputes.count(), "refund", days)
    return refunds_csv(refunds, disputes, kind)


def export_orders(
    request: HttpRequest, orders: QuerySet[Order], kind: str, which: str
) -> HttpResponseBase:
    log_export(request, orders.count(), "order", which)
    return orders_csv(orders, kind)


def export_lines(
    request: HttpRequest, orders: QuerySet[Order], kind: str, which: str
) -> HttpResponseBase:
    lines = OrderLine.objects.filter(order__in=orders.order_by().values("pk"))
    log_export(request, lines.count(), "line", which)
    return lines_csv(lines, kind)


def may_export(request: HttpRequest) -> bool:
    may_see = admin.site.get_model_admin(Order).has_view_permission(request)
    return may_see and request.user.has_perm("orders.export_order")


def log_export(request: HttpRequest, number: int, what: str, which: str) -> None:
    """Before the first row leaves: an export that was broken off has been one, too."""
    LogEntry.objects.create(
        user_id=str(request.user.pk),
        content_type=of_orders(),
        object_repr=f"{number} {what}{pluralize(number)}",
        action_flag=CHANGE,
        change_message=f"Exported: {which}.",
    )


def of_orders() -> ContentType:
    return ContentType.objects.get_for_model(Order)
