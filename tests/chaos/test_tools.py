"""The tools of chaos do what they say, or a run proves less than it seems to."""

import signal

from stripe_simulator import store
from tests.chaos import servers, trouble
from tests.chaos.servers import Killer


def test_a_worker_with_the_number_of_a_killed_one_is_killed_too(tmp_path, monkeypatch):
    killed = []
    monkeypatch.setattr(servers.os, "kill", lambda *what: killed.append(what))
    (tmp_path / "workers").mkdir()
    killer = Killer(tmp_path)
    for _ in range(2):
        (tmp_path / "workers" / "77").touch()
        killer.kill_one()
    killer.kill_one()  # nobody is left

    assert killed == [(77, signal.SIGKILL)] * 2
    assert killer.killed == 2


def test_faults_that_nobody_met_do_not_pile_up():
    stripe = trouble.Stripe()
    for _ in range(5):
        stripe.fails()

    with store.transaction() as db:
        assert db.execute("SELECT count(*) FROM faults").fetchone()[0] == 1
    assert stripe.done["faults at Stripe"] == 5
