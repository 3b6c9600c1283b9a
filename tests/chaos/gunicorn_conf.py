"""How each of the two servers runs; a file names each worker that is alive, for the killer."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

WORKERS = Path(os.environ["CHAOS_FOLDER"]) / "workers"

wsgi_app = "config.wsgi"
worker_class = "gthread"
workers = 2
threads = 16
preload_app = True  # the next worker is there at once, so that many can be killed
control_socket_disable = True


def post_fork(server: Any, worker: Any) -> None:
    from accounts import throttle  # only now is Django set up

    # Forty shoppers buy here what thousands would.
    throttle.CHECKOUT = replace(throttle.CHECKOUT, tries=10**6)
    (WORKERS / str(os.getpid())).touch()


def child_exit(server: Any, worker: Any) -> None:
    (WORKERS / str(worker.pid)).unlink(missing_ok=True)
