"""The settings as a newcomer, a developer and a deployer meet them: in processes of their own."""

import os
import subprocess
import sys

import pytest
from django.conf import settings

PRODUCTION = {
    "SITE_URL": "https://shop.example.com",
    "SECRET_KEY": "k" * 30 + "0123456789abcdefghij+-",
    "STRIPE_SECRET_KEY": "sk_live_abc",
    "STRIPE_WEBHOOK_SECRET": "whsec_abc",
    "EMAIL_HOST": "mail.example.com",
}


def python(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run Python in the project with just these settings and no .env."""
    keep = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
    return subprocess.run(
        # The one warning that is right here: nothing was collected for production.
        [sys.executable, "-W", "error", "-W", "ignore:No directory at", *arguments],
        cwd=settings.BASE_DIR,
        env=keep | {"PYTHON_DOTENV_DISABLED": "1"} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def manage(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return python("manage.py", *arguments, **environment)


def setting(name: str, **environment: str) -> str:
    code = f"from django.conf import settings; print(settings.{name})"
    return manage("shell", "--no-imports", "-c", code, **environment).stdout.strip()


def test_the_shop_starts_without_any_configuration():
    assert manage("check").returncode == 0
    assert setting("STRIPE_SIMULATED") == "True"


def test_the_shop_starts_with_nothing_but_a_test_key():
    key = {"STRIPE_SECRET_KEY": "sk_test_abc"}

    assert manage("check", **key).returncode == 0
    assert setting("STRIPE_SIMULATED", **key) == "False"


def test_a_deployed_shop_is_clean_under_djangos_own_deployment_checks():
    deployed = manage("check", "--deploy", "--fail-level", "WARNING", DEBUG="false", **PRODUCTION)

    assert deployed.returncode == 0, deployed.stderr
    assert "no issues" in deployed.stdout


def test_the_models_and_the_migrations_agree():
    assert manage("makemigrations", "--check", "--dry-run").returncode == 0


def test_production_needs_a_secret_key():
    without = {name: value for name, value in PRODUCTION.items() if name != "SECRET_KEY"}

    refused = python("-c", "import config.wsgi", **without)
    assert "SECRET_KEY is not set" in refused.stderr
    assert python("-c", "import config.wsgi", **PRODUCTION).returncode == 0


def test_debug_is_on_for_developers_and_off_in_production_unless_set():
    show = "import config.wsgi; from django.conf import settings; print(settings.DEBUG)"

    assert setting("DEBUG") == "True"
    assert setting("DEBUG", DEBUG="false", **PRODUCTION) == "False"
    assert python("-c", show, **PRODUCTION).stdout.strip() == "False"


@pytest.mark.parametrize(("name", "value"), [("DEBUG", "perhaps"), ("EMAIL_PORT", "smtp")])
def test_a_value_that_makes_no_sense_stops_the_start(name, value):
    stopped = manage("check", **{name: value})

    assert stopped.returncode != 0
    assert f"{name} is '{value}'" in stopped.stderr


def test_https_brings_secure_cookies_redirect_and_hsts():
    names = ["SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_SSL_REDIRECT"]

    assert {setting(name, DEBUG="false", **PRODUCTION) for name in names} == {"True"}
    assert int(setting("SECURE_HSTS_SECONDS", DEBUG="false", **PRODUCTION)) > 0
    assert {setting(name) for name in names} == {"False"}


def test_links_and_allowed_hosts_follow_the_address_of_the_site():
    site = {"SITE_URL": "https://shop.example.com/", "DEBUG": "false"}
    production = PRODUCTION | site

    assert setting("SITE_URL", **production) == "https://shop.example.com"
    assert setting("ALLOWED_HOSTS", **production) == "['shop.example.com']"
    assert setting("CSRF_TRUSTED_ORIGINS", **production) == "['https://shop.example.com']"


def test_a_secret_pasted_with_a_newline_loses_it():
    assert setting("STRIPE_SECRET_KEY", STRIPE_SECRET_KEY="sk_test_abc\n") == "sk_test_abc"
