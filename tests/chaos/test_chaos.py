"""The short form of `make chaos`."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.postgres import find_binaries
from tests.skipped import NO_POSTGRESQL

PROJECT = Path(__file__).resolve().parents[2]
PURCHASES = 300

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="gunicorn does not run on Windows"),
    pytest.mark.xdist_group("browser"),  # not beside the browser, which needs the machine too
]


def test_nothing_is_lost_or_double_on_sqlite_when_workers_are_killed():
    assert_it_adds_up("sqlite")


@pytest.mark.skipif(not find_binaries(), reason=NO_POSTGRESQL)
def test_nothing_is_lost_or_double_on_postgresql_when_workers_are_killed():
    assert_it_adds_up("postgres")


def assert_it_adds_up(database: str) -> None:
    command = [sys.executable, "-m", "tests.chaos.run", "--database", database, "--minutes", "20"]
    command += ["--purchases", str(PURCHASES)]
    ran = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True)
    ledger = ran.stdout + ran.stderr
    assert ran.returncode == 0, ledger
    assert number(r"(\d+)  sessions paid", ledger) >= PURCHASES, ledger
    assert number(r"(\d+)  workers killed", ledger) > 0, ledger


def number(pattern: str, text: str) -> int:
    found = re.search(pattern, text)
    assert found, text
    return int(found[1])
