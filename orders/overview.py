"""The shop at a glance, for the first page of the admin: what came in, and what waits for whom."""

from datetime import timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib import admin
from django.db.models import Count, Exists, Max, Min, Model, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import pluralize
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.http import urlencode
from django.utils.timesince import timesince

from orders import mails, sales
from orders.models import TO_SHIP, Dispute, Order, Run, StripeEvent, WebhookRefusal
from orders.sales import Period
from shop.models import Checkout, Product
from shop.money import format_money

PERIODS = {"Today": 1, "7 days": 7, "30 days": 30}
BEFORE = ("yesterday by this time", "the 7 days before", "the 30 days before")
# Nobody needs to know by how many it is more, and to count them takes long.
MOST_COUNTED = 1_000
# Cron runs it every few minutes.
RECONCILER_IS_LATE = timedelta(hours=1)


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
    if may_see_turnover(request):
        tiles += revenue_tiles()
    if may_see(request, Order):
        tiles += order_tiles()
    if may_see(request, Checkout) and (tile := checkout_tile()):
        tiles.append(tile)
    if may_see(request, Product):
        tiles.append(stock_tile())
    if may_see(request, StripeEvent):
        health = webhook_health()
        tiles += [webhook_tile(health), reconciler_tile(health["last_run"])]
    return tiles


def may_see(request: HttpRequest, model: type[Model]) -> bool:
    return admin.site.get_model_admin(model).has_view_permission(request)


def may_see_turnover(request: HttpRequest) -> bool:
    return may_see(request, Order) and request.user.has_perm("orders.view_turnover")


def revenue_tiles() -> list[Tile]:
    """In the shop's currency; of another one, in which it once sold, what came in 30 days."""
    earned = sales.earned([*PERIODS.values()])
    tiles = [
        revenue_tile(name, settings.CURRENCY, period, before)
        for name, period, before in zip(PERIODS, earned.pop(settings.CURRENCY), BEFORE, strict=True)
    ]
    for currency, periods in sorted(earned.items()):
        if any(periods[-1].now):
            name = f"30 days in {currency.upper()}"
            tiles.append(revenue_tile(name, currency, periods[-1], BEFORE[-1]))
    return tiles


def revenue_tile(name: str, currency: str, period: Period, before: str) -> Tile:
    now = period.now
    return Tile(
        name,
        format_money(now.cents, currency),
        f"{now.orders} order{pluralize(now.orders)}, net of refunds; "
        f"{change(period, currency, before)}",
        orders_url(paid_at__gte=str(period.start), currency=currency),
    )


def change(period: Period, currency: str, the_one_before: str) -> str:
    now, before = period.now.cents, period.before.cents
    if now == before:
        return f"as much as {the_one_before}"
    if before <= 0:
        return f"{the_one_before}: {format_money(before, currency) if before else 'nothing'}"
    percent = round(100 * abs(now - before) / before)
    return f"{percent}% {'more' if now > before else 'less'} than {the_one_before}"


def order_tiles() -> list[Tile]:
    to_ship = up_to_limit(Order.objects.filter(TO_SHIP).order_by("paid_at", "pk"))
    review = up_to_limit(Order.objects.filter(needs_review=True).order_by("-paid_at", "-pk"))
    review_url = orders_url(status="needs_review")
    tiles = [
        Tile("To ship", to_ship, "", orders_url(status="to_ship")),
        Tile("Needs review", review, "", review_url, is_urgent=review != "0"),
        dispute_tile(),
    ]
    # A developer's machine only prints them.
    if mails.reach_people() and (late := mails.orders_with_late_mail().count()):
        note = "orders of which the buyer was not told"
        tiles.append(Tile("Mails not sent", str(late), note, orders_url(mail="late"), True))
    return tiles


def up_to_limit(rows: QuerySet[Any]) -> str:
    """How many they are, in words where they are many."""
    number = rows[: MOST_COUNTED + 1].count()
    return str(number) if number <= MOST_COUNTED else f"more than {MOST_COUNTED:,}"


def dispute_tile() -> Tile:
    """Those that wait for the shop's answer or the bank's, and the first day to answer by."""
    waiting = Dispute.objects.exclude(status__in=Dispute.CLOSED)
    # What is under review was answered.
    answerable = ~Q(status__contains="under_review")
    found = waiting.aggregate(count=Count("pk"), due_by=Min("due_by", filter=answerable))
    due_by = found["due_by"]
    note = (
        f"answer by {date_format(timezone.localtime(due_by), 'DATETIME_FORMAT')}" if due_by else ""
    )
    url = orders_url(status="disputed")
    return Tile("Disputes", str(found["count"]), note, url, is_urgent=bool(found["count"]))


def orders_url(**filters: str | int) -> str:
    return f"{reverse('admin:orders_order_changelist')}?{urlencode(filters)}"


def checkout_tile() -> Tile | None:
    """Only while one needs a look: it is rare."""
    count = Checkout.objects.filter(needs_review=True).count()
    url = f"{reverse('admin:shop_checkout_changelist')}?needs_review__exact=1"
    return Tile("Checkouts to review", str(count), "", url, is_urgent=True) if count else None


def stock_tile() -> Tile:
    low = up_to_limit(Product.objects.active().low_on_stock().order_by("stock"))
    url = f"{reverse('admin:shop_product_changelist')}?stock=low&is_active__exact=1"
    return Tile("Low on stock", low, "", url)


def webhook_tile(health: dict[str, Any]) -> Tile:
    url = reverse("admin:orders_stripeevent_changelist")
    if failed := health["unhandled"]:
        note = "events could not be handled"
        return Tile("Webhook", str(failed), note, f"{url}?handled_at__isempty=1", is_urgent=True)
    if silent := health["orders_without_event"]:
        note = "orders of the last 3 days came without their event"
        return Tile("Webhook", str(silent), note, url, is_urgent=True)
    return Tile("Webhook", "OK" if health["last_received"] else "No event yet", "", url)


def reconciler_tile(run: Run | None) -> Tile:
    """Whether cron runs it, and whether all went well."""
    url = reverse("admin:orders_stripeevent_changelist")
    if not run:
        return Tile("Reconciler", "Never ran", "", url, is_urgent=not settings.STRIPE_SIMULATED)
    is_late = run.ended_at < timezone.now() - RECONCILER_IS_LATE
    failed = f"{run.failures} failed" if run.failures else ""
    ago = f"{timesince(run.ended_at, depth=1)} ago"
    return Tile("Reconciler", ago, failed, url, is_urgent=is_late or bool(failed))


def webhook_health() -> dict[str, Any]:
    """What staff want to know of the webhook: does it arrive, and does it work?"""
    recent = Order.objects.filter(paid_at__gte=timezone.now() - timedelta(days=3))
    heard_of = StripeEvent.objects.filter(object_id=OuterRef("stripe_session_id"))
    return {
        "last_received": StripeEvent.objects.aggregate(last=Max("received_at"))["last"],
        "unhandled": StripeEvent.objects.filter(handled_at=None).count(),
        "refusals": WebhookRefusal.objects.order_by("kind"),
        "orders_without_event": recent.exclude(Exists(heard_of)).count(),
        "last_run": Run.objects.filter(name="reconcile_stripe").first(),
    }
