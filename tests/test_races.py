"""Runs tests/races on a throw-away PostgreSQL: SQLite lets one writer by at a time."""

import os
import subprocess
import sys

import pytest
from django.conf import settings

from tests.postgres import find_binaries, postgres
from tests.skipped import NO_POSTGRESQL


@pytest.mark.skipif(
    not find_binaries() and not os.environ.get("CI"),
    reason=NO_POSTGRESQL,
)
def test_races_end_well_on_postgresql():
    with postgres() as url:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "tests/races", "-q", "-p", "no:cacheprovider"],
            cwd=settings.BASE_DIR,
            env=os.environ | {"TEST_DATABASE_URL": url},
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stdout
