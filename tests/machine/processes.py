"""The shop's processes and what befalls them: a kill at any commit, a world that turns meanwhile.

A commit is the end of an outermost transaction or a single statement outside of one. The shop's
words with the outside are its calls to Stripe and its mail.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from itertools import count
from typing import Any, ClassVar

import pytest
from django.core.mail.backends import locmem
from django.db import connection, connections

from stripe_simulator.faults import clear_faults, inject_fault
from stripe_simulator.transport import SimulatorTransport

SITES = ["http://127.0.0.1:8000", "https://shop.example", "https://www.shop.example"]


class Killed(BaseException):
    """No `except Exception` of the shop sees it; nothing that would come after it happens."""


@dataclass
class Trouble:
    """What befalls the next process that gets so far.

    Points are counted from 1, two for each commit and each word: before it and after.
    """

    killed_at: int = 0  # of its commits
    interrupted_at: int = 0  # of its words with the outside
    meanwhile: list[Callable[[], None]] = field(default_factory=list)
    fault: tuple[str, str, str, int] | None = None  # method, path, kind, times


class Process:
    """A request or a command of the shop while it runs."""

    running: ClassVar[list["Process"]] = []

    def __init__(self, trouble: Trouble) -> None:
        self.trouble = trouble
        self.commits = count(1)
        self.words = count(1)
        self.is_befallen = bool(trouble.fault)
        self.broken_meanwhile: Exception | None = None

    def come_to_commit(self) -> None:
        if next(self.commits) == self.trouble.killed_at:
            self.is_befallen = True
            connection.rollback()  # nothing after the commit; and its callbacks are forgotten
            raise Killed

    def come_to_words(self) -> None:
        if next(self.words) == self.trouble.interrupted_at:
            self.is_befallen = True
            try:
                for act in self.trouble.meanwhile:
                    act()
            except Exception as error:  # the shop may take it for its own and swallow it
                self.broken_meanwhile = error
                raise


@contextmanager
def process(trouble: Trouble) -> Iterator[Process]:
    """Run the block as a process of the shop. A process that is killed raises Killed."""
    this = Process(trouble)
    if trouble.fault:
        inject_fault(*trouble.fault)
    Process.running.append(this)
    try:
        yield this
    finally:
        Process.running.pop()
        if trouble.fault:
            clear_faults()
        if this.broken_meanwhile:
            raise this.broken_meanwhile


def at_commit() -> None:
    if Process.running:
        Process.running[-1].come_to_commit()


def at_words() -> None:
    """No lock may wait for the network."""
    assert not connection.in_atomic_block, "the shop waits for others inside a transaction"
    if Process.running:
        Process.running[-1].come_to_words()


class MailServer(locmem.EmailBackend):
    refusal: ClassVar[Exception | None] = None

    def send_messages(self, messages: Any) -> int:
        at_words()
        if self.refusal:
            raise self.refusal
        sent: int = super().send_messages(messages)
        at_words()
        return sent


def watched(act: Callable[..., Any], watch: Callable[[], None]) -> Callable[..., Any]:
    def watched_act(*args: Any, **kwargs: Any) -> Any:
        watch()
        result = act(*args, **kwargs)
        watch()
        return result

    return watched_act


def watch_statement(execute: Callable[..., Any], sql: str, *args: Any) -> Any:
    writes = sql.startswith(("INSERT", "UPDATE", "DELETE"))
    if writes and not connection.in_atomic_block:
        execute = watched(execute, at_commit)
    return execute(sql, *args)


@contextmanager
def watch(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Put the hooks in: at the database, on the road to Stripe, and at the mail server."""
    shop = connections["default"]
    monkeypatch.setattr(shop, "commit", watched(shop.commit, at_commit))
    monkeypatch.setattr(
        SimulatorTransport, "request", watched(SimulatorTransport.request, at_words)
    )
    settings.EMAIL_BACKEND = f"{__name__}.MailServer"
    settings.SITE_URL = settings.SITE_URL  # the world changes it; it is put back
    # Stripe's page stays where it is when the shop moves; the simulator's was the shop's own.
    policy = deepcopy(settings.CONTENT_SECURITY_POLICY)
    policy["DIRECTIVES"]["form-action"] += SITES
    settings.CONTENT_SECURITY_POLICY = policy
    settings.STRIPE_PROMOTION_CODES = True
    with shop.execute_wrapper(watch_statement):
        yield
