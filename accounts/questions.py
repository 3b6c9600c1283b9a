"""Questions to the database whose SQL Django writes once in each process, and asks again and again.

To write it takes Django about ten times as long as most databases take to answer. Only the SQL is
remembered, never an answer: the database is asked each time, so that nothing is ever out of date.
"""

from collections.abc import Callable, Iterator
from copy import copy
from functools import lru_cache, wraps
from typing import Any, ParamSpec, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Expression, QuerySet

P = ParamSpec("P")
Row = TypeVar("Row")

# Of one question: those for lists of other lengths, and those with other keywords.
MOST_REMEMBERED = 500


class Slot(Expression):
    """Stands in the SQL for a value that is given when it is asked."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        return "%s", [self]


def question(write: Callable[P, QuerySet[Any, Row]]) -> Callable[P, list[Row]]:
    """What the queryset that is written would give, with the values of this time.

    `write` is called with slots in place of the positional values, which are numbers, texts, or
    tuples of them. Of None and of anything named by keyword it gets the value itself, for that may
    make it another question: how to sort, or whether to filter at all.
    """

    @lru_cache(MOST_REMEMBERED)
    def written(vendor: str, shape: Any, keywords: Any) -> tuple[QuerySet, Any, str, tuple] | None:
        numbers = iter(range(10_000))
        queryset: QuerySet = write(*slots(shape, numbers), **dict(keywords))
        compiler = queryset.query.get_compiler(DEFAULT_DB_ALIAS)
        try:
            sql, params = compiler.as_sql()
        except EmptyResultSet:  # Django knows without the database that there is nothing
            return None
        converters = compiler.get_converters([selected for selected, *_ in compiler.select])
        vars(compiler)["get_converters"] = lambda _: converters
        return queryset, compiler, sql, tuple(params)

    @wraps(write)
    def ask(*values: P.args, **keywords: P.kwargs) -> list[Row]:
        connection = connections[DEFAULT_DB_ALIAS]
        found = written(connection.vendor, shape_of(values), tuple(keywords.items()))
        if not found:
            return []
        queryset, compiler, sql, params = found
        given = list(flat(values))
        filled = tuple(given[p.number] if isinstance(p, Slot) else p for p in params)
        again, compiler = queryset.all(), copy(compiler)
        compiler.connection = connection
        vars(compiler)["as_sql"] = lambda: (sql, filled)
        vars(again.query)["get_compiler"] = lambda using: compiler
        return list(again)

    return ask


def shape_of(value: Any) -> Any:
    """All of a value that its SQL depends on."""
    return tuple(map(shape_of, value)) if isinstance(value, tuple) else value is None


def slots(shape: Any, numbers: Iterator[int]) -> Any:
    if isinstance(shape, tuple):
        return tuple(slots(part, numbers) for part in shape)
    number = next(numbers)
    return None if shape else Slot(number)


def flat(values: Any) -> Iterator[Any]:
    for value in values:
        if isinstance(value, tuple):
            yield from flat(value)
        else:
            yield value
