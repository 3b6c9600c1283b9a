"""What staff do with many orders at once: ship them, and print what goes into the parcels."""

import re
from typing import Any

from django.contrib import messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_safe

from orders import mails
from orders.admin_views import admin_page, need
from orders.carriers import TRACKING_PAGES, tracking_link
from orders.forms import ShipManyForm
from orders.models import TO_SHIP, Order
from orders.to_ship import OLDEST_FIRST, why_not

MOST_AT_ONCE = 100
# Where Django's own pages keep which list one came from.
FILTERS = "_changelist_filters"


def open_with(request: HttpRequest, orders: QuerySet[Order], page: str) -> HttpResponse | None:
    """Lead from the list to a page about the chosen orders; not if they are too many for one."""
    chosen = list(orders.order_by(*OLDEST_FIRST).values_list("pk", flat=True)[: MOST_AT_ONCE + 1])
    if len(chosen) > MOST_AT_ONCE:
        messages.error(request, f"Choose at most {MOST_AT_ONCE} orders at once.")
        return None
    query = {"orders": ",".join(map(str, chosen)), FILTERS: request.GET.urlencode()}
    return redirect(f"{reverse(f'admin:orders_order_{page}')}?{urlencode(query)}")


def read_chosen(text: str) -> list[Order]:
    """The orders of a list of primary keys; whatever else it says is passed over."""
    pks = [int(pk) for pk in re.findall(r"\b[0-9]{1,18}\b", text, re.ASCII)[:MOST_AT_ONCE]]
    orders = Order.objects.filter(pk__in=pks).order_by(*OLDEST_FIRST)
    return list(orders.prefetch_related("lines"))


def list_url(request: HttpRequest) -> str:
    """The list that staff came from, with its filters."""
    filters = request.GET.get(FILTERS, "")
    return f"{reverse('admin:orders_order_changelist')}{f'?{filters}' if filters else ''}"


@require_http_methods(["GET", "POST"])
def ship_many(request: HttpRequest) -> HttpResponse:
    """A tracking number for each order, and one button. What cannot be shipped stops no other."""
    need(request, "orders.change_order")
    orders = read_chosen(request.POST.get("orders", request.GET.get("orders", "")))
    left_out = [] if request.POST else [(order, why) for order in orders if (why := why_not(order))]
    others = {order for order, _ in left_out}
    form = ShipManyForm([order for order in orders if order not in others], request.POST or None)
    if request.POST and "carrier" not in form.errors:
        ship_each(request, form)
        form.keep_only_wrong_rows()
    if request.POST and not form.errors:
        return redirect(list_url(request))
    context = {"form": form, "left_out": left_out, "list_url": list_url(request)}
    context["carriers"] = TRACKING_PAGES
    return admin_page(request, "orders/admin/ship_many.html", "Ship orders", context)


def ship_each(request: HttpRequest, form: ShipManyForm) -> None:
    """Each by a conditional UPDATE of its own, and tell each buyer once."""
    carrier = form.cleaned_data["carrier"]
    shipped, known = [], 0
    for order in form.orders:
        name = form.number_of(order)
        if name in form.errors:
            continue
        number = form.cleaned_data[name]
        if order.ship(number, tracking_link(carrier, number), carrier, only=TO_SHIP):
            shipped.append(order)
            continue
        order.refresh_from_db()
        if order.shipped_at and (order.tracking_number, order.carrier) == (number, carrier):
            known += 1  # by the first half of a double click
        else:
            form.add_error(name, why_not(order) or "It was just changed: try again.")
    if shipped:
        user = str(request.user.pk)
        LogEntry.objects.log_actions(user, shipped, CHANGE, "Shipped.")
        mails.send_soon(mails.all_on_their_way, [order.pk for order in shipped])
        messages.success(request, f"{on_the_way(len(shipped))}. The buyers get an e-mail.")
    if known:
        messages.info(request, f"{on_the_way(known)} already.")


def on_the_way(number: int) -> str:
    return "1 order is on its way" if number == 1 else f"{number} orders are on their way"


@require_safe
def packing_slips(request: HttpRequest) -> HttpResponse:
    """What goes into each parcel, one page each, for paper."""
    need(request)
    orders = read_chosen(request.GET.get("orders", ""))
    context: dict[str, Any] = {
        "slips": [(order, why_not(order)) for order in orders],
        "list_url": list_url(request),
    }
    return admin_page(request, "orders/admin/packing_slips.html", "Packing slips", context)
