"""gunicorn with two workers, as it is deployed, and what people ask of it."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from benchmarks.sites import PROJECT, environment

SECONDS_TO_START = 60


class Server:
    def __init__(self, port: int, master: int) -> None:
        self.port = port
        self.master = master

    def ask(
        self, path: str, headers: dict[str, str], method: str = "GET", body: str | None = None
    ) -> http.client.HTTPResponse:
        """The whole answer, over a connection of its own: the proxy's are not kept open either."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer

    def workers(self) -> list[int]:
        children = Path(f"/proc/{self.master}/task/{self.master}/children")
        return [int(pid) for pid in children.read_text().split()]

    def processor_seconds(self) -> float:
        """What the workers have computed so far: other work on the machine does not change it."""
        ticks = 0
        for pid in self.workers():
            after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(after_name[11]) + int(after_name[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def megabytes(self) -> float:
        """Of a worker, on average, with its share of what it has in common with the others."""
        each = [Path(f"/proc/{pid}/smaps_rollup").read_text() for pid in self.workers()]
        shares = [
            int(line.split()[1])
            for text in each
            for line in text.splitlines()
            if line.startswith("Pss:")
        ]
        return sum(shares) / len(shares) / 1024


@contextmanager
def server(
    database: str, application: str = "config.wsgi", *options: str, **more: str
) -> Iterator[Server]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    master = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", application, "--bind", f"127.0.0.1:{port}", *options],
        cwd=PROJECT,
        env=environment(database) | more,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    site = Server(port, master.pid)
    try:
        wait_for(site)
        yield site
    finally:
        os.killpg(master.pid, signal.SIGTERM)
        master.wait()


def wait_for(site: Server) -> None:
    """Until each of its workers has answered, most likely."""
    over = time.monotonic() + SECONDS_TO_START
    answers = 0
    while answers < 4 and time.monotonic() < over:
        try:
            site.ask("/accounts/login/", {"Host": "127.0.0.1"})
            answers += 1
        except OSError:
            time.sleep(0.05)
    if not answers:
        raise SystemExit("the server did not start")


def at_once(people: int, seconds: float, act: Callable[[int], None]) -> list[float]:
    """So many people do it again and again; how long each took, in milliseconds."""
    took: list[float] = []
    over = time.monotonic() + seconds
    guard = threading.Lock()

    def person(number: int) -> None:
        while time.monotonic() < over:
            started = time.perf_counter()
            act(number)
            with guard:
                took.append((time.perf_counter() - started) * 1000)

    with ThreadPoolExecutor(people) as pool:
        for done in [pool.submit(person, number) for number in range(people)]:
            done.result()
    return sorted(took)
