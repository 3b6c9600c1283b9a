"""Answers requests in this process, and says what each cost: one JSON object a line, in and out.

    python -m benchmarks.answer

In comes {"path": …, "session": …}; out goes processor time in milliseconds, bytes and queries.
"""

import json
import sys
import time
from functools import partial
from typing import Any

from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connection
from django.test import RequestFactory


def main() -> None:
    from django.core.wsgi import get_wsgi_application

    application = get_wsgi_application()
    # A server's connection lives on from one request to the next.
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    for line in sys.stdin:
        asked = json.loads(line)
        queries: list[str] = []
        with connection.execute_wrapper(partial(note, queries)):
            _, size = answer(application, asked)
        milliseconds, _ = answer(application, asked)
        result = {"ms": milliseconds, "bytes": size, "queries": len(queries)}
        print(json.dumps(result), flush=True)


def note(queries: list[str], execute: Any, sql: str, *args: Any) -> Any:
    queries.append(sql)
    return execute(sql, *args)


def answer(application: Any, asked: dict[str, str]) -> tuple[float, int]:
    cookie = f"sessionid={asked['session']}"
    environ = RequestFactory().get(asked["path"], HTTP_COOKIE=cookie, HTTP_HOST="127.0.0.1").environ
    statuses: list[str] = []
    started = time.process_time()
    response = application(environ, lambda status, headers: statuses.append(status))
    size = len(b"".join(response))
    response.close()
    spent = time.process_time() - started
    if statuses != ["200 OK"]:
        raise SystemExit(f"{asked['path']}: {statuses}")
    return spent * 1000, size


if __name__ == "__main__":
    main()
