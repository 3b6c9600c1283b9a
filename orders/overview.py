"""The shop at a glance, for the first page of the admin: what came in, and what waits for whom."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib import admin
from django.db.models import Count, Exists, F, Max, Model, OuterRef, Q, Sum
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from orders.models import TO_SHIP, Order, StripeEvent, WebhookRefusal
from shop.models import Checkout, Product
from shop.money import format_money

PERIODS = {"Today": 1, "7 days": 7, "30 days": 30}


class Tile(NamedTuple):
    """A number that leads to the list it was counted in."""

    name: str
    value: str
    note: str
    url: str
    is_urgent: bool = False


def overview(request: HttpRequest) -> list[Tile]:
    """What this member of staff may see, in the same few queries however large the shop is."""
    tiles: list[Tile] = []
    if may_see(request, Order):
        tiles += order_tiles()
    if may_see(request, Checkout) and (tile := checkout_tile()):
        tiles.append(tile)
    if may_see(request, Product):
        tiles.append(stock_tile())
    if may_see(request, StripeEvent):
        tiles.append(webhook_tile())
    return tiles


def may_see(request: HttpRequest, model: type[Model]) -> bool:
    return admin.site.get_model_admin(model).has_view_permission(request)


def order_tiles() -> list[Tile]:
    numbers: dict[str, Any] = {
        "to_ship": Count("pk", filter=TO_SHIP),
        "to_review": Count("pk", filter=Q(needs_review=True)),
    }
    for days in PERIODS.values():
        paid = Q(paid_at__gte=first_day(days), currency=settings.CURRENCY)
        kept = F("total_cents") - F("refunded_cents") - F("lost_cents")
        numbers[f"revenue_{days}"] = Sum(kept, filter=paid, default=0)
        numbers[f"orders_{days}"] = Count("pk", filter=paid)
    found = Order.objects.aggregate(**numbers)
    return [
        *(revenue_tile(name, days, found) for name, days in PERIODS.items()),
        Tile("To ship", str(found["to_ship"]), "", orders_url(status="to_ship")),
        Tile(
            "Needs review",
            str(found["to_review"]),
            "",
            orders_url(status="needs_review"),
            is_urgent=bool(found["to_review"]),
        ),
    ]


def first_day(days: int) -> datetime:
    """When a period of so many days began, today being the last of them."""
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight - timedelta(days=days - 1)


def revenue_tile(name: str, days: int, found: dict[str, int]) -> Tile:
    orders = found[f"orders_{days}"]
    return Tile(
        name,
        format_money(found[f"revenue_{days}"], settings.CURRENCY),
        f"{orders} {'order' if orders == 1 else 'orders'}, net of refunds",
        orders_url(paid_at__gte=str(first_day(days)), currency=settings.CURRENCY),
    )


def orders_url(**filters: str | int) -> str:
    return f"{reverse('admin:orders_order_changelist')}?{urlencode(filters)}"


def checkout_tile() -> Tile | None:
    """Only while one needs a look: it is rare."""
    count = Checkout.objects.filter(needs_review=True).count()
    url = f"{reverse('admin:shop_checkout_changelist')}?needs_review__exact=1"
    return Tile("Checkouts to review", str(count), "", url, is_urgent=True) if count else None


def stock_tile() -> Tile:
    low = Product.objects.active().low_on_stock().count()
    url = f"{reverse('admin:shop_product_changelist')}?stock=low&is_active__exact=1"
    return Tile("Low on stock", str(low), "", url)


def webhook_tile() -> Tile:
    health = webhook_health()
    url = reverse("admin:orders_stripeevent_changelist")
    if failed := health["unhandled"]:
        note = "events could not be handled"
        return Tile("Webhook", str(failed), note, f"{url}?handled_at__isempty=1", is_urgent=True)
    if silent := health["orders_without_event"]:
        note = "orders of the last 3 days came without their event"
        return Tile("Webhook", str(silent), note, url, is_urgent=True)
    return Tile("Webhook", "OK" if health["last_received"] else "No event yet", "", url)


def webhook_health() -> dict[str, Any]:
    """What staff want to know of the webhook: does it arrive, and does it work?"""
    recent = Order.objects.filter(paid_at__gte=timezone.now() - timedelta(days=3))
    heard_of = StripeEvent.objects.filter(object_id=OuterRef("stripe_session_id"))
    return {
        "last_received": StripeEvent.objects.aggregate(last=Max("received_at"))["last"],
        "unhandled": StripeEvent.objects.filter(handled_at=None).count(),
        "refusals": WebhookRefusal.objects.order_by("kind"),
        "orders_without_event": recent.exclude(Exists(heard_of)).count(),
    }
