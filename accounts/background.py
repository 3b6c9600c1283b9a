"""What nobody should wait for, such as a mail server that takes its time: done by a few threads.

These threads die with their process. A server that is stopped waits for what it promised, some
seconds; what must not be lost even so is a row that is due, and `reconcile_stripe` finishes it.
"""

import logging
from collections.abc import Callable
from queue import Full, Queue
from threading import Lock, Thread

from django.db import connection

logger = logging.getLogger(__name__)

WORKERS = 4
MOST_JOBS = 200
# A page may take 20 seconds of the 30 that gunicorn.conf.py gives a server which is stopped.
LAST_SECONDS = 8

# Tests do it in their own thread, whose transaction another one could not see.
enabled = True

_jobs: Queue[Callable[[], object]] = Queue(MOST_JOBS)
_workers: list[Thread] = []
_starting = Lock()


def do_soon(job: Callable[[], object]) -> None:
    if not enabled:
        job()
        return
    try:
        _jobs.put_nowait(job)
    except Full:
        logger.error("too many mails wait for the mail server: one was left out")
        return
    with _starting:
        if len(_workers) < WORKERS:
            _workers.append(Thread(target=_work, daemon=True))
            _workers[-1].start()


def _work() -> None:
    while True:
        do(_jobs.get())
        _jobs.task_done()


def finish(seconds: float = LAST_SECONDS) -> None:
    """Wait until all of it is done, or so long at most; the log says what was not."""
    with _jobs.all_tasks_done:
        _jobs.all_tasks_done.wait_for(lambda: not _jobs.unfinished_tasks, seconds)
        left = _jobs.unfinished_tasks
    if left:
        logger.error("stopped while mails waited for the mail server: %d", left)


def do(job: Callable[[], object]) -> None:
    try:
        job()
    except Exception:  # nobody else hears of what fails in a thread
        logger.exception("work in the background failed")
    finally:
        connection.close()


def let_go_of_the_database() -> None:
    """Before waiting for somebody else: a hanging mail server must not hold all connections."""
    if not connection.in_atomic_block:
        connection.close()
