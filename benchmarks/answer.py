"""Answers requests in this process, and says what each cost: one JSON object a line, in and out.

    python -m benchmarks.answer

In comes {"path": …, "session": …}; out go the status, the milliseconds of processor time, the bytes
and the number of queries.
"""

import json
import logging
import sys
from functools import partial
from typing import Any

from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connection
from django.test import RequestFactory

from benchmarks.cost import note, processor_seconds


def main() -> None:
    from django.core.wsgi import get_wsgi_application

    application = get_wsgi_application()
    logging.disable()  # of what is slow: it would stand between the answers
    # A server's connection lives on from one request to the next.
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    for line in sys.stdin:
        asked = json.loads(line)
        queries: list[str] = []
        with connection.execute_wrapper(partial(note, queries)):
            result = answer(application, asked)
        print(json.dumps(result | {"queries": len(queries)}), flush=True)


def answer(application: Any, asked: dict[str, str]) -> dict[str, Any]:
    cookie = f"sessionid={asked['session']}"
    environ = RequestFactory().get(asked["path"], HTTP_COOKIE=cookie, HTTP_HOST="127.0.0.1").environ
    statuses: list[str] = []
    started = processor_seconds()
    response = application(environ, lambda status, headers: statuses.append(status))
    size = len(b"".join(response))
    response.close()
    spent = processor_seconds() - started
    return {"status": int(statuses[0][:3]), "ms": spent * 1000, "bytes": size}


if __name__ == "__main__":
    main()
