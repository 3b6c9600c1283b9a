"""On SQLite: an index of every part of a word that products are searched by.

It is a table of FTS5's trigrams (https://www.sqlite.org/fts5.html#the_trigram_tokenizer) that
triggers keep in step with the products. PostgreSQL has such an index without a table of its own:
`accounts/trigrams.py`. The index only says where to look. What is found there, is found without it.
"""

from collections.abc import Sequence
from typing import Any, TypeVar, cast

from django.apps import AppConfig
from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction
from django.db.models import QuerySet

from shop.search import LookedUp

Products = TypeVar("Products", bound=QuerySet[Any])

TABLE = "shop_product_words"
MAKE = f"""CREATE VIRTUAL TABLE IF NOT EXISTS {TABLE} USING fts5(
    search_text, content='shop_product', content_rowid='id', tokenize='trigram'
)"""
ADD = f"INSERT INTO {TABLE}(rowid, search_text) VALUES (new.id, new.search_text);"  # noqa: S608
REMOVE = f"""INSERT INTO {TABLE}({TABLE}, rowid, search_text)
    VALUES ('delete', old.id, old.search_text);"""  # noqa: S608 -- as FTS5 wants to be told
TRIGGERS = {
    f"{TABLE}_of_a_new_product": f"AFTER INSERT ON shop_product BEGIN {ADD} END",
    f"{TABLE}_of_a_deleted_product": f"AFTER DELETE ON shop_product BEGIN {REMOVE} END",
    f"{TABLE}_of_other_words": (
        f"AFTER UPDATE OF search_text ON shop_product BEGIN {REMOVE} {ADD} END"
    ),
}
REBUILD = f"INSERT INTO {TABLE}({TABLE}) VALUES ('rebuild')"  # noqa: S608
SHORTEST = 3  # letters: fewer make no trigram
# So many products are sorted faster than a sorted list is looked through for them.
FEW = 500


def make(sender: AppConfig, using: str = DEFAULT_DB_ALIAS, **of_the_signal: Any) -> None:
    """After every `migrate`: Django changes a table by making a new one, without its triggers.

    All of it or nothing, or half an index would pass for a whole one.
    """
    if connections[using].vendor != "sqlite":
        return
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type IN ('table', 'trigger')")
        made = dict(cursor.fetchall())
        migrated_so_far = "search_text" in made.get("shop_product", "")
        if not migrated_so_far or {TABLE, *TRIGGERS} <= made.keys():
            return
        cursor.execute(MAKE)
        for name, trigger in TRIGGERS.items():
            cursor.execute(f"CREATE TRIGGER IF NOT EXISTS {name} {trigger}")
        cursor.execute(REBUILD)


def question_to_index(words: Sequence[LookedUp]) -> str | None:
    """All that holds the words is among what the index finds by this. None where it knows nothing:
    on PostgreSQL, and of words that are too short."""
    if connection.vendor != "sqlite":
        return None
    return " AND ".join(filter(None, map(question_of, words))) or None


def question_of(typed: LookedUp) -> str:
    word, parts = typed
    if len(word) < SHORTEST or "\0" in word:  # where FTS5 would stop reading
        return ""
    by_stem = " AND ".join(f"({' OR '.join(map(quoted, stems))})" for stems in parts)
    return f"({quoted(word)} OR ({by_stem}))" if by_stem else quoted(word)


def quoted(text: str) -> str:
    escaped = text.replace('"', '""')
    return f'"{escaped}"'


def found_by(question: str, products: Products) -> Products:
    """By a join: SQLite follows the index, and stops where the list is full."""
    where = f"{TABLE} MATCH %s AND {TABLE}.rowid = shop_product.id"
    found = products.extra(tables=[TABLE], where=[where], params=[question])  # noqa: S610
    return cast("Products", found)


def finds_few(question: str) -> bool:
    found = f"SELECT 1 FROM {TABLE} WHERE {TABLE} MATCH %s LIMIT %s"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM ({found})", [question, FEW + 1])  # noqa: S608
        return int(cursor.fetchone()[0]) <= FEW
