import os
from pathlib import Path

import pytest
from django.core.checks import run_checks

from config.deploy_checks import secrets_are_private

# Others of the checks look at what the shop's pages say.
pytestmark = pytest.mark.django_db


def ids_and_words() -> dict[str, str]:
    messages = run_checks(include_deployment_checks=True)
    return {message.id: message.msg for message in messages if message.id.startswith("config.")}


@pytest.mark.parametrize(("debug", "is_error"), [(True, True), (False, False)])
def test_debug_is_an_error_in_a_deployment(settings, debug, is_error):
    settings.DEBUG = debug

    assert ("config.E030" in ids_and_words()) == is_error


@pytest.mark.parametrize(
    ("is_on", "host", "is_told"),
    [
        (False, "shop.example.com", True),
        (True, "shop.example.com", False),
        (False, "127.0.0.1", False),
    ],
)
def test_a_public_shop_whose_staff_need_no_code_is_told(settings, is_on, host, is_told):
    settings.STAFF_SECOND_FACTOR, settings.SITE_HOST = is_on, host

    assert ("config.W031" in ids_and_words()) == is_told


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such rights")
@pytest.mark.parametrize(
    ("file_mode", "folder_mode", "is_told"),
    [(0o644, 0o755, True), (0o600, 0o755, False), (0o644, 0o700, False)],
)
def test_secrets_that_others_can_read_are_told(
    settings, tmp_path: Path, file_mode, folder_mode, is_told
):
    settings.ENV_FILE = tmp_path / ".env"
    settings.ENV_FILE.touch()
    settings.ENV_FILE.chmod(file_mode)
    tmp_path.chmod(folder_mode)

    assert (str(settings.ENV_FILE) in ids_and_words().get("config.W030", "")) == is_told


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such rights")
def test_a_database_file_that_others_can_read_is_told(
    settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    database = tmp_path / "shop.sqlite3"
    database.touch()
    database.chmod(0o644)
    tmp_path.chmod(0o755)
    settings.ENV_FILE = None
    monkeypatch.setitem(settings.DATABASES["default"], "ENGINE", "django.db.backends.sqlite3")
    monkeypatch.setitem(settings.DATABASES["default"], "NAME", str(database))

    (told,) = secrets_are_private(None)

    assert str(database) in told.msg
