"""Two accounts whose names are one to the eye were possible once: migrating says so."""

import os
import subprocess
import sys

import pytest
from django.conf import settings

from tests.postgres import find_binaries, postgres
from tests.skipped import NO_POSTGRESQL

# The user as it was then: today's has columns that are not there yet.
USER = """
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
then = MigrationExecutor(connection).loader.project_state(("accounts", "0003_user_stripe_key"))
User = then.apps.get_model("accounts", "User")
"""
MAKE_TWINS = f"""{USER}
names = ["Alice", "alice", "bob", "Carla", "CARLA", "aca", "\u0430\u0441\u0430"]
users = [User(username=name, email=str(n) + "@example.com") for n, name in enumerate(names)]
User.objects.bulk_create(users)
"""
GIVE_OTHER_NAMES = f"""{USER}
for number, user in enumerate(User.objects.filter(username__in=["Alice", "CARLA"])):
    user.username += str(number)
    user.save()
"""


def manage(url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=settings.BASE_DIR,
        env=os.environ | {"DATABASE_URL": url, "PYTHON_DOTENV_DISABLED": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def check_that_twins_are_named(url: str) -> None:
    manage(url, "migrate", "accounts", "0003")
    manage(url, "shell", "--no-imports", "-c", MAKE_TWINS)
    refused = manage(url, "migrate", "accounts")

    assert refused.returncode == 1
    assert "Alice, alice, Carla, CARLA. Give each of them another one" in refused.stderr
    assert "bob" not in refused.stderr
    assert "Traceback" not in refused.stderr

    manage(url, "shell", "--no-imports", "-c", GIVE_OTHER_NAMES)
    migrated = manage(url, "migrate", "accounts")
    assert migrated.returncode == 0
    assert "before: \u0430\u0441\u0430 (beside aca). Look at each" in migrated.stdout


def test_accounts_whose_names_differ_only_in_case_are_named_before_anything_changes(tmp_path):
    check_that_twins_are_named(f"sqlite:///{tmp_path / 'shop.sqlite3'}")


@pytest.mark.skipif(not find_binaries() and not os.environ.get("CI"), reason=NO_POSTGRESQL)
def test_accounts_whose_names_differ_only_in_case_are_named_on_postgresql_too():
    with postgres() as url:
        check_that_twins_are_named(url)
