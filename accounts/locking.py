"""One order in which rows are locked, so that nobody waits in a circle: see docs/payments.md."""

from typing import Any

from django.db.models import QuerySet


def lock(rows: QuerySet) -> list[Any]:
    """Lock rows of one table, the lowest primary key first, until the transaction ends; their keys.

    A single UPDATE or DELETE of many rows takes them in whatever order the database finds them.
    """
    those = rows.model._base_manager.filter(pk__in=rows.order_by().values("pk"))
    return list(those.select_for_update().order_by("pk").values_list("pk", flat=True))


def in_order(rows: QuerySet, *, no_key: bool = False) -> QuerySet:
    """The same rows of one table, for a single UPDATE or DELETE that locks them as `lock` does."""
    locked = rows.select_for_update(no_key=no_key).order_by("pk")
    return rows.filter(pk__in=locked.values("pk"))
