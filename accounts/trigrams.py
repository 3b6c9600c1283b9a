"""Indexes that find a part of a word, by an extension of PostgreSQL.

On SQLite the products have one, too: `shop/search_index.py`.
"""

from collections.abc import Sequence
from typing import Any

from django.db import DatabaseError, migrations, transaction

EXTENSION = "CREATE EXTENSION IF NOT EXISTS pg_trgm"


def trigram_index(name: str, table: str, columns: Sequence[str]) -> migrations.RunPython:
    """For `icontains` in any of the columns. Without it the search is only slower."""
    indexed = ", ".join(f'UPPER("{column}"::text) gin_trgm_ops' for column in columns)
    index = f"CREATE INDEX IF NOT EXISTS {name} ON {table} USING gin ({indexed})"

    def add(apps: Any, schema_editor: Any) -> None:
        if schema_editor.connection.vendor != "postgresql":
            return
        try:
            with transaction.atomic(using=schema_editor.connection.alias):
                schema_editor.execute(EXTENSION)
                schema_editor.execute(index)
        except DatabaseError as error:  # not allowed, or not installed
            print(f"\n  Search goes on without its index: {str(error).splitlines()[0]}.")  # noqa: T201
            print(f"  A superuser of the database can add it: {EXTENSION}; {index};")  # noqa: T201

    def remove(apps: Any, schema_editor: Any) -> None:
        """The extension stays: others may use it."""
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"DROP INDEX IF EXISTS {name}")

    return migrations.RunPython(add, remove)
