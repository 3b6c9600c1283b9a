"""Two gunicorns on one database, and what happens to them at random moments."""

import os
import random
import re
import signal
import socket
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import requests

PROJECT = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "-m", "gunicorn", "--config", "tests/chaos/gunicorn_conf.py"]
SECONDS_TO_START = 120
LOG, TRACEBACK = "servers.log", "Traceback (most recent call last)"
LOG_LINE = r"(?=\d{4}-\d\d-\d\d \d\d:|\[\d{4}-\d\d-\d\d )"  # of the shop, of gunicorn
STRIPE_FAILED = ("shop.payment_errors.",)
THE_DATABASE_IS_AWAY = ("psycopg", "django.db.utils.OperationalError", "django.db.utils.Interface")


def address(door: socket.socket) -> str:
    return f"http://127.0.0.1:{door.getsockname()[1]}"


@contextmanager
def servers(folder: Path, doors: list[socket.socket]) -> Iterator[None]:
    """A server behind each door. In the end all are killed at once, as by a power cut."""
    (folder / "workers").mkdir()
    addresses = [address(door) for door in doors]
    masters = []
    try:
        for door in doors:
            masters.append(start(door, folder / LOG))
            door.close()  # it is the server's now
        for url in addresses:
            wait_for(url, folder)
        yield
    finally:
        for master in masters:
            os.killpg(master.pid, signal.SIGKILL)
            master.wait()


def wait_for(url: str, folder: Path) -> None:
    try:
        requests.get(f"{url}/healthz/", timeout=SECONDS_TO_START).raise_for_status()
    except requests.RequestException as error:
        raise RuntimeError(f"no server:\n{log_of(folder)[-2000:]}") from error


def log_of(folder: Path) -> str:
    return (folder / LOG).read_text(encoding="utf-8")


def count_errors(folder: Path, *, database_is_restarted: bool) -> Counter[str]:
    """The exceptions in the servers' log, by name, but for those that the run provokes.

    A webhook that Stripe fails is answered with an error, so that the event comes again. One of
    several exceptions, each raised while the one before was handled, counts as the last.
    """
    provoked = STRIPE_FAILED + (THE_DATABASE_IS_AWAY if database_is_restarted else ())
    found: Counter[str] = Counter()
    for chain in re.split(rf"^{LOG_LINE}", log_of(folder), flags=re.MULTILINE):
        if TRACEBACK in chain:
            names = re.findall(r"^([A-Za-z_][\w.]*)(?::|$)", chain.partition(TRACEBACK)[2], re.M)
            if not any(name.startswith(provoked) for name in names):
                found[names[-1] if names else "unknown"] += 1
    return found


def last_error(folder: Path, name: str) -> str:
    before = log_of(folder).rpartition(f"\n{name}")[0]
    return "".join(before.rpartition(TRACEBACK)[1:])[-5000:]


def start(door: socket.socket, log_path: Path) -> subprocess.Popen[bytes]:
    with log_path.open("ab") as log:
        return subprocess.Popen(
            [*COMMAND, "--bind", f"fd://{door.fileno()}"],
            cwd=PROJECT,
            pass_fds=[door.fileno()],
            start_new_session=True,
            stdout=log,
            stderr=log,
        )


class Killer:
    """Kills a worker, whatever it is doing; counts them, as their numbers come again."""

    def __init__(self, folder: Path) -> None:
        self.workers = folder / "workers"
        self.killed = 0

    def kill_one(self) -> None:
        if alive := sorted(self.workers.iterdir()):
            worker = random.choice(alive)
            worker.unlink(missing_ok=True)
            with suppress(ProcessLookupError):
                os.kill(int(worker.name), signal.SIGKILL)
                self.killed += 1


@contextmanager
def now_and_then(seconds: tuple[float, float], act: Callable[[], object]) -> Iterator[None]:
    """Do it again and again, after random pauses, beside what the block does."""
    over = threading.Event()

    def work() -> None:
        while not over.wait(random.uniform(*seconds)):
            act()

    with ThreadPoolExecutor(1) as pool:
        working = pool.submit(work)
        try:
            yield
        finally:
            over.set()
        working.result()  # raises what went wrong
