"""What the shop earns: money in when an order is paid, money out when it goes back.

Both count on the day on which they happened: a refund of today takes nothing off last month. A lost
dispute counts from the day on which the bank took the money. Currencies are never added up.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from orders.models import Dispute, Order, OrderLine, Refund

DAYS_SHOWN = 30
# For the best sellers.
ORDERS_LOOKED_AT = 1_000


class Earned(NamedTuple):
    """Net of what went back."""

    cents: int
    orders: int


class Period(NamedTuple):
    """From `start` on, and the one before it, which ends as long before now as it is long."""

    start: datetime
    now: Earned
    before: Earned


class Day(NamedTuple):
    day: date
    orders: int
    sold_cents: int
    given_back_cents: int

    @property
    def kept_cents(self) -> int:
        return self.sold_cents - self.given_back_cents


class Move(NamedTuple):
    """Rows that are money in, or out: when, how much, in which currency."""

    rows: QuerySet[Any]
    when: str
    amount: str
    currency: str
    is_out: bool


def moves() -> list[Move]:
    lost = Dispute.objects.filter(status=Dispute.LOST)
    return [
        Move(Order.objects.all(), "paid_at", "total_cents", "currency", is_out=False),
        *(
            Move(rows, "created_at", "amount_cents", "order__currency", is_out=True)
            for rows in (Refund.objects.given(), lost)
        ),
    ]


def first_day(days: int) -> datetime:
    """When a period of so many days began, today being the last of them."""
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight - timedelta(days=days - 1)


def earned(lengths: list[int]) -> dict[str, list[Period]]:
    """By currency, for periods of so many days: three queries, however many periods."""
    now = timezone.localtime()
    spans: list[tuple[datetime, datetime]] = []
    for days in lengths:
        start, length = first_day(days), timedelta(days=days)
        spans += [(start, now), (start - length, now - length)]
    cents: dict[str, Counter[int]] = defaultdict(Counter)
    orders: dict[str, Counter[int]] = defaultdict(Counter)
    for move in moves():
        for found in within(move, spans):
            for number in range(len(spans)):
                amount = found[f"sum_{number}"]
                cents[found[move.currency]][number] += -amount if move.is_out else amount
                orders[found[move.currency]][number] += 0 if move.is_out else found[f"n_{number}"]
    periods = {}
    for currency in {settings.CURRENCY, *cents}:
        each = [Earned(cents[currency][n], orders[currency][n]) for n in range(len(spans))]
        starts = [start for start, _ in spans[::2]]
        periods[currency] = list(map(Period, starts, each[::2], each[1::2]))
    return periods


def within(move: Move, spans: list[tuple[datetime, datetime]]) -> QuerySet[Any]:
    sums: dict[str, Any] = {}
    for number, (start, end) in enumerate(spans):
        then = Q(**{f"{move.when}__gte": start, f"{move.when}__lte": end})
        sums[f"sum_{number}"] = Sum(move.amount, filter=then, default=0)
        sums[f"n_{number}"] = Count("pk", filter=then)
    since = min(start for start, _ in spans)
    rows = move.rows.filter(**{f"{move.when}__gte": since}).order_by()
    return rows.values(move.currency).annotate(**sums)


def daily() -> list[Day]:
    """The last 30 days in the shop's currency, today last: three queries."""
    sold: Counter[date] = Counter()
    given_back: Counter[date] = Counter()
    orders: Counter[date] = Counter()
    since = first_day(DAYS_SHOWN)
    for move in moves():
        rows = move.rows.filter(
            **{f"{move.when}__gte": since, move.currency: settings.CURRENCY}
        ).order_by()
        found = rows.annotate(day=TruncDate(move.when)).values("day")
        for day, cents, number in found.annotate(
            cents=Sum(move.amount), number=Count("pk")
        ).values_list("day", "cents", "number"):
            (given_back if move.is_out else sold)[day] += cents
            orders[day] += 0 if move.is_out else number
    return [Day(day, orders[day], sold[day], given_back[day]) for day in days_from(since.date())]


def days_from(first: date) -> Iterator[date]:
    for number in range(DAYS_SHOWN):
        yield first + timedelta(days=number)


def best_sellers() -> QuerySet[Any, Any]:
    """The five products of which most were bought in 30 days and not given back as a whole.

    Of the latest orders where there are very many: their lines are what takes long to read.
    """
    recent = Order.objects.filter(paid_at__gte=first_day(DAYS_SHOWN))
    kept = recent.exclude(refunded_cents__gt=0, refunded_cents=F("total_cents"))
    latest = kept.order_by("-paid_at", "-pk").values("pk")[:ORDERS_LOOKED_AT]
    lines = OrderLine.objects.filter(order__in=latest).order_by()
    pieces = lines.values("product_id", "product_name").annotate(sold=Sum("quantity"))
    return pieces.order_by("-sold", "product_name")[:5]
