"""What a deployment installs is what was tried, and only that."""

import re

from django.conf import settings
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

LOCK = (settings.BASE_DIR / "requirements.lock").read_text(encoding="utf-8")
PINS = dict(re.findall(r"^([a-z0-9.-]+)==([^\s;]+)", LOCK, re.M))


def requirements() -> list[Requirement]:
    lines = (settings.BASE_DIR / "requirements.txt").read_text(encoding="utf-8").splitlines()
    written = [line.partition("#")[0].strip() for line in lines]
    return [Requirement(line) for line in written if line]


def test_the_lock_holds_a_fitting_version_of_every_requirement():
    unfit = [
        requirement.name
        for requirement in requirements()
        if PINS.get(canonicalize_name(requirement.name), "0") not in requirement.specifier
    ]
    assert unfit == [], "run: make lock"


def test_everything_in_the_lock_has_a_hash():
    assert len(PINS) > len(requirements())
    entries = re.split(r"^(?=[a-z])", LOCK, flags=re.M)[1:]

    assert len(entries) == len(PINS)
    assert all("--hash=sha256:" in entry for entry in entries)


def test_the_lock_names_no_place_to_install_from():
    options = re.findall(r"^\s*(?!--hash=sha256:[0-9a-f]{64})-\S+", LOCK, re.M)

    assert options == []
    assert "/" not in LOCK
