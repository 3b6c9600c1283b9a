"""What every benchmark stands on: databases, and the shop in processes of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from tests.postgres import find_binaries, postgres

PROJECT = Path(__file__).resolve().parent.parent
# One process answers a query, so that its time can be read; and disks have no moving parts.
POSTGRES = {"max_parallel_workers_per_gather": "0", "random_page_cost": "1.1"}


class Databases:
    """Empty databases for the asking, gone in the end. Without PostgreSQL there is SQLite alone."""

    def __init__(self, folder: Path, server: str) -> None:
        self.folder = folder
        self.server = server
        self.kinds = ["SQLite", *(["PostgreSQL"] if server else [])]

    def make(self, kind: str, name: str) -> str:
        """The DATABASE_URL of an empty database."""
        if kind == "SQLite":
            return f"sqlite:///{self.folder}/{name}.sqlite3"
        with psycopg.connect(self.server, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
            for setting, value in POSTGRES.items():
                connection.execute(f"ALTER DATABASE {name} SET {setting} = {value}")
        return self.server.removesuffix("shop") + name


@contextmanager
def databases(folder: Path) -> Iterator[Databases]:
    if find_binaries():
        with postgres() as url:
            yield Databases(folder, url)
    else:
        yield Databases(folder, "")


def environment(database: str) -> dict[str, str]:
    """A shop as it is deployed, but for https."""
    return os.environ | {
        "DEBUG": "false",
        "SECRET_KEY": "k" * 60,
        "SITE_URL": "http://127.0.0.1",
        "STRIPE_SECRET_KEY": "sk_test_benchmark",
        "STRIPE_WEBHOOK_SECRET": "whsec_benchmark",
        "DATABASE_URL": database,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "PYTHON_DOTENV_DISABLED": "1",
        "PYTHONWARNINGS": "ignore",
    }


def run(program: str, database: str) -> Any:
    """Run it with the shop set up; what its last line says, which is JSON."""
    said = subprocess.run(
        [sys.executable, "-c", f"import django; django.setup(); {program}"],
        cwd=PROJECT,
        env=environment(database),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout
    return json.loads(said.splitlines()[-1])


def collect_static(database: str) -> None:
    command = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"]
    subprocess.run(command, cwd=PROJECT, env=environment(database), check=True)


class Site:
    """A shop in a process of its own, which answers and says what that cost."""

    def __init__(self, database: str, settings: str = "config.settings") -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.answer"],
            cwd=PROJECT,
            env=environment(database) | {"DJANGO_SETTINGS_MODULE": settings},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, path: str, session: str) -> dict[str, Any]:
        print(json.dumps({"path": path, "session": session}), file=self.process.stdin, flush=True)
        answer: dict[str, Any] = json.loads((self.process.stdout or sys.stdin).readline())
        return answer

    def close(self) -> None:
        self.process.communicate()
