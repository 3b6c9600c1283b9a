"""The files in deploy/, as far as they can be tried without the machine that they are for."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import get_commands

from tests.skipped import NO_SYSTEMD

ROOT = settings.BASE_DIR
DEPLOY = ROOT / "deploy"
UNITS = sorted(path.name for path in (DEPLOY / "systemd").glob("shop-*.*") if path.is_file())
DOCUMENT = (ROOT / "docs/deploying.md").read_text(encoding="utf-8")


def analyze(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["systemd-analyze", *arguments],
        env=os.environ | {"SYSTEMD_UNIT_PATH": f"{folder}:"},  # ours, then systemd's own
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def units(tmp_path: Path) -> Path:
    """The units, for a shop that lives in a folder of this test."""
    for program in ("gunicorn", "python"):
        stand_in = tmp_path / "shop/.venv/bin" / program
        stand_in.parent.mkdir(parents=True, exist_ok=True)
        stand_in.touch(0o755)
    shutil.copytree(DEPLOY / "systemd", tmp_path / "units")
    for file in (tmp_path / "units").rglob("*.*"):
        if file.is_file():
            file.write_text(file.read_text().replace("/srv/shop", str(tmp_path / "shop")))
    return tmp_path / "units"


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason=NO_SYSTEMD)
def test_systemd_finds_nothing_to_say_about_the_units(units: Path):
    verified = analyze(units, "verify", "--man=no", *UNITS)

    assert verified.returncode == 0
    assert verified.stderr == ""


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason=NO_SYSTEMD)
@pytest.mark.parametrize("unit", [unit for unit in UNITS if unit.endswith(".service")])
def test_a_service_may_do_little(units: Path, unit):
    rated = analyze(units, "security", "--offline=true", "--threshold=20", unit)

    assert rated.returncode == 0, rated.stdout[-300:]


@pytest.mark.parametrize("unit", [unit for unit in UNITS if unit.endswith(".service")])
def test_a_service_runs_as_the_user_of_the_shop(unit):
    text = (DEPLOY / "systemd" / unit).read_text()

    assert "User=shop\n" in text
    assert "WorkingDirectory=/srv/shop\n" in text


def test_the_document_switches_on_every_unit_that_starts_by_itself():
    enabled = re.search(r"systemctl enable --now (.+)", DOCUMENT)
    assert enabled
    named = {name if "." in name else f"{name}.service" for name in enabled[1].split()}

    by_itself = {unit for unit in UNITS if "[Install]" in (DEPLOY / "systemd" / unit).read_text()}
    assert named == by_itself


def test_the_commands_of_the_units_and_of_the_document_exist():
    units = "".join((DEPLOY / "systemd" / unit).read_text() for unit in UNITS)
    named = set(re.findall(r"manage\.py ([a-z_]+)", units + DOCUMENT))

    assert named >= {"reconcile_stripe", "migrate", "collectstatic"}
    assert named <= set(get_commands())


def test_the_document_speaks_of_every_file():
    for file in DEPLOY.iterdir():
        name = f"{next(file.iterdir()).name}" if file.is_dir() else file.name
        assert name in DOCUMENT or file.name in DOCUMENT, file.name
