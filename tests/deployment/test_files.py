"""The files in deploy/, as far as they can be tried without the machine that they are for."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from django.conf import settings
from django.core.management import get_commands

from tests.skipped import NO_LINTER, NO_SYSTEMD

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
    files = [*(DEPLOY / "systemd" / unit for unit in UNITS), ROOT / "compose.yaml"]
    text = DOCUMENT + "".join(file.read_text() for file in files)
    named = set(re.findall(r"manage\.py ([a-z_]+)", text))

    assert named >= {"reconcile_stripe", "migrate", "collectstatic"}
    assert named <= set(get_commands())


def test_the_document_speaks_of_every_file():
    names = {file.name.removesuffix(".dockerignore") for file in DEPLOY.iterdir()}

    assert {name for name in names if name not in DOCUMENT} == set()


def test_what_goes_into_the_image_is_enough_to_run_the_shop(tmp_path: Path):
    lines = (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines()
    copied = [line.removeprefix("!") for line in lines if line.startswith("!")]
    for name in copied:
        if (ROOT / name).is_dir():
            ignored = shutil.ignore_patterns("tests", "__pycache__")
            shutil.copytree(ROOT / name, tmp_path / name, ignore=ignored)
        else:
            shutil.copy(ROOT / name, tmp_path / name)
    dockerfile = (DEPLOY / "Dockerfile").read_text()
    key = re.search(r"SECRET_KEY=(\S+) \S+ (manage.py collectstatic --noinput)", dockerfile)
    assert key

    built = subprocess.run(
        [sys.executable, *key[2].split()],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "SECRET_KEY": key[1]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    assert (tmp_path / "var/static/staticfiles.json").exists()


LINTERS = (
    ("hadolint", "--no-color", "--failure-threshold=warning", "deploy/Dockerfile"),
    ("check-jsonschema", "--builtin-schema=vendor.compose-spec", "compose.yaml"),
)


@pytest.mark.parametrize("command", LINTERS, ids=lambda command: command[0])
def test_linters_find_nothing_in_what_is_for_docker(command):
    program = shutil.which(command[0], path=Path(sys.executable).parent)
    if not program:
        pytest.skip(NO_LINTER)

    linted = subprocess.run(
        [program, *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert linted.returncode == 0, linted.stdout + linted.stderr


def test_whatever_the_image_copies_is_there():
    dockerfile = (DEPLOY / "Dockerfile").read_text()
    sources = re.findall(r"^COPY (?!--from)(\S+) ", dockerfile, re.M)

    assert sources == ["requirements.lock", "."]
    assert all((ROOT / source).exists() for source in sources)


def test_the_shop_may_read_the_image_whatever_umask_it_was_built_with():
    dockerfile = (DEPLOY / "Dockerfile").read_text()
    copied = dockerfile.index("COPY . .")

    assert re.search(r"&& chmod -R go=rX \.$", dockerfile[copied:], re.M)


def test_the_image_does_not_run_as_root():
    dockerfile = (DEPLOY / "Dockerfile").read_text()

    assert re.findall(r"^USER (\S+)$", dockerfile, re.M) == ["shop"]


def test_compose_brings_up_the_whole_shop_without_rights():
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]

    assert set(services) == {"database", "migrate", "shop", "cron", "caddy"}
    for name in ("migrate", "shop", "cron"):
        assert services[name]["read_only"] is True
        assert services[name]["cap_drop"] == ["ALL"]
    # Nothing but Caddy can be reached from outside.
    assert [name for name, service in services.items() if "ports" in service] == ["caddy"]


def test_compose_names_files_variables_and_volumes_that_are_there():
    text = (ROOT / "compose.yaml").read_text()
    composed = yaml.safe_load(text)
    caddyfile = (DEPLOY / "Caddyfile").read_text()
    asked = set(re.findall(r"(?<!\$)\$\{([A-Z_]+)", text))
    mounted = {
        volume.partition(":")[0]
        for service in composed["services"].values()
        for volume in service.get("volumes", [])
    }

    assert (ROOT / composed["x-shop"]["build"]["dockerfile"]).exists()
    assert all((ROOT / source).exists() for source in mounted if source.startswith("."))
    assert {name for name in mounted if not name.startswith(".")} == set(composed["volumes"])
    assert all(f"{name}=" in DOCUMENT + (DEPLOY / "env.example").read_text() for name in asked)
    assert set(composed["services"]["caddy"]["environment"]) == set(
        re.findall(r"\{\$([A-Z_]+):", caddyfile)
    )
