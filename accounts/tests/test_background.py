"""A server that is stopped sends the mails that wait, unless the mail server hangs."""

from collections.abc import Iterator
from runpy import run_path
from threading import Event, Timer

import pytest
from django.conf import settings

from accounts import background


@pytest.fixture
def answered(monkeypatch) -> Iterator[Event]:
    """Whether the mail server has answered: in the end it does, or a thread would stay."""
    monkeypatch.setattr(background, "enabled", True)
    answered = Event()
    yield answered
    answered.set()
    background.finish()


def test_a_worker_that_is_stopped_sends_what_waits(answered):
    sent = []
    for mail in range(background.WORKERS + 1):
        background.do_soon(lambda mail=mail: answered.wait() and sent.append(mail))
    Timer(0.05, answered.set).start()

    run_path(str(settings.BASE_DIR / "gunicorn.conf.py"))["worker_exit"](None, None)

    assert sorted(sent) == list(range(background.WORKERS + 1))


def test_a_mail_server_that_hangs_holds_it_some_seconds_and_is_in_the_log(answered, caplog):
    background.do_soon(answered.wait)

    background.finish(0.01)

    assert caplog.messages == ["stopped while mails waited for the mail server: 1"]
