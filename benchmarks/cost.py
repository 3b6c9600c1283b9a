"""What is counted: processor time, ours and the database's, and queries."""

import time
from pathlib import Path
from typing import Any

from django.db import connection


def processor_seconds() -> float:
    """Of this process, and of PostgreSQL's own that answers it: both may be read on Linux alone."""
    seconds = time.process_time()
    if connection.vendor == "postgresql":
        connection.ensure_connection()
        server = Path(f"/proc/{connection.connection.info.backend_pid}/schedstat")
        seconds += int(server.read_text().split()[0]) / 1e9
    return seconds


def note(queries: list[str], execute: Any, sql: str, *args: Any) -> Any:
    queries.append(sql)
    return execute(sql, *args)
