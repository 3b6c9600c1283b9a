from calendar import monthrange
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from django import template
from django.utils.formats import date_format
from django.utils.timezone import localdate

register = template.Library()


@register.inclusion_tag("admin/date_hierarchy.html")
def drill_down(cl: Any) -> dict[str, Any]:
    """The years, months and days from the first row of the table to the last.

    Django's own asks which of them have rows, and reads them all for that.
    """
    name = cl.date_hierarchy
    moments = cl.model._default_manager.values_list(name, flat=True)
    # Each end by the index; SQLite reads all of it where one question asks for both.
    first, last = moments.order_by(name).first(), moments.order_by(f"-{name}").first()
    if not first:
        return {"show": False}
    first, last = localdate(first), localdate(last)
    asked = [int(cl.params.get(f"{name}__{part}") or 0) for part in ("year", "month", "day")]
    year, month, day = asked

    def link(*parts: int) -> str:
        named = zip(("year", "month", "day"), parts, strict=False)
        return str(cl.get_query_string({f"{name}__{part}": n for part, n in named}, [f"{name}__"]))

    if not year:
        years = range(first.year, last.year + 1)
        return shown(None, ((link(n), str(n)) for n in years))
    if not month:
        months = (m for m in firsts_of_months(year) if first.replace(day=1) <= m <= last)
        words = ((link(year, m.month), date_format(m, "YEAR_MONTH_FORMAT")) for m in months)
        return shown((link(), "All dates"), words)
    if not day:
        days = (d for d in days_of(year, month) if first <= d <= last)
        words = ((link(year, month, d.day), date_format(d, "MONTH_DAY_FORMAT")) for d in days)
        return shown((link(year), str(year)), words)
    this = date(year, month, day)
    back = (link(year, month), date_format(this, "YEAR_MONTH_FORMAT"))
    return shown(back, [("", date_format(this, "MONTH_DAY_FORMAT"))])


def shown(back: tuple[str, str] | None, choices: Iterable[tuple[str, str]]) -> dict[str, Any]:
    return {
        "show": True,
        "back": {"link": back[0], "title": back[1]} if back else None,
        "choices": [{"link": link, "title": title} for link, title in choices],
    }


def firsts_of_months(year: int) -> Iterator[date]:
    return (date(year, month, 1) for month in range(1, 13))


def days_of(year: int, month: int) -> Iterator[date]:
    return (date(year, month, day) for day in range(1, monthrange(year, month)[1] + 1))
