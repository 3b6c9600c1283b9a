"""Races need a database with several writers: they run on PostgreSQL, by tests/test_races.py."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest
from django.db import connection

if connection.vendor != "postgresql":
    collect_ignore_glob = ["test_*.py"]


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Run the acts in threads of their own, started together; results, or what they raised."""
    start = Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Any:
        try:
            start.wait(10)
            return act()
        except Exception as error:  # the test says which results are right
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        futures: list[Future[Any]] = [pool.submit(run, act) for act in acts]
        return [future.result(30) for future in futures]


@pytest.fixture
def meet(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Make so many threads wait for each other whenever they come to a point of the code.

    Where a guard lets only one of them come there at all, the wait ends after a moment.
    """

    def make_meet(owner: Any, name: str, *, threads: int, after: bool = True) -> None:
        point = Barrier(threads)
        original = getattr(owner, name)

        def wait() -> None:
            try:
                point.wait(0.5)
            except BrokenBarrierError:
                point.reset()

        def met(*args: Any, **kwargs: Any) -> Any:
            if not after:
                wait()
            result = original(*args, **kwargs)
            if after:
                wait()
            return result

        monkeypatch.setattr(owner, name, met)

    return make_meet
