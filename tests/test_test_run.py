"""What a run of the tests does besides testing: how it ends, and what it leaves alone."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

SKIPPING = """
import pytest

def test_that_runs(): pass

@pytest.mark.skip(reason="no browser (apt install it)")
@pytest.mark.parametrize("page", range(3))
def test_a_page(page): pass

def test_a_race(): pytest.skip("no database")
"""


def run_pytest(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """In a folder with nothing of the shop's, but with its plugin about skipped tests."""
    keep = {name: value for name, value in os.environ.items() if name != "CI"}
    plugins = ["-p", "tests.skipped", "-p", "no:django", "-p", "no:randomly"]
    return subprocess.run(
        [sys.executable, "-m", "pytest", *plugins, "-p", "no:cacheprovider", "-ra", folder],
        cwd=folder,
        env=keep | {"PYTHONPATH": str(settings.BASE_DIR)} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def skipping(tmp_path: Path) -> Path:
    (tmp_path / "pytest.ini").write_text("[pytest]")
    (tmp_path / "test_some.py").write_text(SKIPPING)
    return tmp_path


@pytest.mark.parametrize("parallel", ["0", "1"])
def test_the_last_lines_say_what_was_skipped_and_how_to_get_it(skipping, parallel):
    ran = run_pytest(skipping, PYTEST_ADDOPTS=f"-n {parallel}")

    assert ran.returncode == 0, ran.stdout + ran.stderr
    line, result = ran.stdout.splitlines()[-2:]
    assert line == "Skipped 3: no browser (apt install it). Skipped 1: no database."
    assert "1 passed, 4 skipped" in result


def test_a_run_that_skips_nothing_says_nothing(skipping):
    (skipping / "test_some.py").write_text("def test_that_runs(): pass")

    assert "Skipped" not in run_pytest(skipping).stdout


def test_on_ci_what_is_skipped_has_failed(skipping):
    ran = run_pytest(skipping, CI="true")

    assert ran.returncode == 1
    assert "1 failed, 1 passed, 3 errors" in ran.stdout


def test_each_run_has_a_database_of_its_own_and_writes_none_into_the_project(db, tmp_path_factory):
    of_this_run = {
        "sqlite": str(tmp_path_factory.getbasetemp()),
        "postgresql": str(os.getpid()),
    }

    assert of_this_run[connection.vendor] in str(connection.settings_dict["NAME"])


def test_each_run_measures_coverage_in_a_file_of_its_own():
    measured = Path(os.environ["COVERAGE_FILE"])

    assert measured.parent.is_dir()
    assert not measured.is_relative_to(settings.BASE_DIR)
