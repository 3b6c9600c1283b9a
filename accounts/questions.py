"""Questions to the database whose SQL Django writes once in each process, and asks again and again.

To write it takes Django about ten times as long as most databases take to answer. Only the SQL is
remembered, never an answer: the database is asked each time, so that nothing is ever out of date.
"""

from collections.abc import Callable, Iterator
from functools import lru_cache, wraps
from typing import Any, NamedTuple, ParamSpec, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Expression, QuerySet
from django.db.models.query import ValuesListIterable

P = ParamSpec("P")
Row = TypeVar("Row")
T = TypeVar("T")

# Of one question: those for lists of other lengths, and those with other keywords.
MOST_REMEMBERED = 500


class Slot(Expression):
    """Stands in the SQL for a value that is given when it is asked."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        return "%s", [self]


class Written(NamedTuple):
    queryset: QuerySet
    compiler: Any
    sql: str
    params: tuple[Any, ...]

    def filled(self, values: tuple[Any, ...]) -> tuple[Any, ...]:
        given = list(flat(values))
        return tuple(given[p.number] if isinstance(p, Slot) else p for p in self.params)


def question(write: Callable[P, QuerySet[Any, Row]]) -> Callable[P, list[Row]]:
    """What the queryset that is written would give, with the values of this time.

    `write` is called with slots in place of the positional values, which are numbers, texts, or
    tuples of them. Of None and of anything named by keyword it gets the value itself, for that may
    make it another question: how to sort, or whether to filter at all.
    """
    written_for = remembering(write)

    @wraps(write)
    def ask(*values: P.args, **keywords: P.kwargs) -> list[Row]:
        written = written_for(values, keywords)
        if not written:
            return []
        connection = connections[DEFAULT_DB_ALIAS]
        with connection.cursor() as cursor:
            cursor.execute(written.sql, written.filled(values))
            rows = cursor.fetchall()
        if not rows:
            return []
        compiler = copied(
            written.compiler, connection=connection, execute_sql=lambda *_, **__: [rows]
        )
        if written.queryset._iterable_class is ValuesListIterable:
            return list(compiler.results_iter([rows], tuple_expected=True))
        query = copied(written.queryset.query, get_compiler=lambda using: compiler)
        return list(copied(written.queryset, _query=query))

    return ask


def counted(write: Callable[P, QuerySet]) -> Callable[P, int]:
    """How many rows `question` would give."""
    written_for = remembering(write)

    @wraps(write)
    def ask(*values: P.args, **keywords: P.kwargs) -> int:
        written = written_for(values, keywords)
        if not written:
            return 0
        with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
            sql = f"SELECT COUNT(*) FROM ({written.sql}) AS counted"  # noqa: S608 -- Django's own
            cursor.execute(sql, written.filled(values))
            return int(cursor.fetchone()[0])

    return ask


def remembering(write: Callable[..., QuerySet]) -> Callable[[Any, dict[str, Any]], Written | None]:
    @lru_cache(MOST_REMEMBERED)
    def written(vendor: str, shape: Any, keywords: Any) -> Written | None:
        queryset = write(*slots(shape, iter(range(100_000))), **dict(keywords))
        compiler = queryset.query.get_compiler(DEFAULT_DB_ALIAS)
        try:
            sql, params = compiler.as_sql()
        except EmptyResultSet:  # Django knows without the database that there is nothing
            return None
        converters = compiler.get_converters([selected for selected, *_ in compiler.select])
        vars(compiler)["get_converters"] = lambda _: converters
        return Written(queryset, compiler, sql, tuple(params))

    def written_for(values: Any, keywords: dict[str, Any]) -> Written | None:
        vendor = connections[DEFAULT_DB_ALIAS].vendor
        return written(vendor, shape_of(values), tuple(keywords.items()))

    return written_for


def copied(original: T, **changed: Any) -> T:
    """Not by Django's own way, which copies all that a query is made of."""
    copy: T = object.__new__(type(original))
    vars(copy).update(vars(original), **changed)
    return copy


def shape_of(value: Any) -> Any:
    """All of a value that the SQL depends on."""
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
