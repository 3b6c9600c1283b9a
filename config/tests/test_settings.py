"""The settings as a newcomer, a developer and a deployer meet them: in processes of their own."""

import json
import os
import re
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
    "STAFF_SECOND_FACTOR": "true",
}
DEPLOYED = PRODUCTION | {"DEBUG": "false"}


def python(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run Python in the project with just these settings, no .env, and no database of anybody."""
    nobodys = {"PYTHON_DOTENV_DISABLED": "1", "DATABASE_URL": "sqlite://:memory:"}
    keep = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
    return subprocess.run(
        # The one warning that is right here: nothing was collected for production.
        [sys.executable, "-W", "error", "-W", "ignore:No directory at", *arguments],
        cwd=settings.BASE_DIR,
        env=keep | nobodys | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def manage(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return python("manage.py", *arguments, **environment)


def settings_with(**environment: str) -> dict[str, object]:
    """The settings as manage.py reads them from these variables."""
    code = (
        "import json; from django.conf import settings; "
        "names = [name for name in dir(settings) if name.isupper()]; "
        "print(json.dumps({name: getattr(settings, name) for name in names}, default=str))"
    )
    return json.loads(manage("shell", "--no-imports", "-c", code, **environment).stdout)


def test_the_shop_starts_without_any_configuration():
    assert manage("check").returncode == 0
    assert settings_with()["STRIPE_SIMULATED"] is True


def test_the_shop_starts_with_nothing_but_a_test_key():
    assert manage("check", STRIPE_SECRET_KEY="sk_test_abc").returncode == 0


def test_a_deployed_shop_is_clean_under_djangos_own_deployment_checks():
    deployed = manage("check", "--deploy", "--fail-level", "WARNING", **DEPLOYED)

    assert deployed.returncode == 0, deployed.stderr
    assert "no issues" in deployed.stdout


def test_the_models_and_the_migrations_agree_whatever_a_developers_database_holds():
    assert settings_with()["DATABASES"]["default"]["NAME"] == ":memory:"
    assert manage("makemigrations", "--check", "--dry-run").returncode == 0


def test_production_needs_a_secret_key():
    without = {name: value for name, value in PRODUCTION.items() if name != "SECRET_KEY"}

    refused = python("-c", "import config.wsgi", **without)
    assert "SECRET_KEY is not set" in refused.stderr
    assert python("-c", "import config.wsgi", **PRODUCTION).returncode == 0


def test_debug_is_on_for_developers_and_off_in_production_unless_set():
    show = "import config.wsgi; from django.conf import settings; print(settings.DEBUG)"

    assert settings_with()["DEBUG"] is True
    assert settings_with(**DEPLOYED)["DEBUG"] is False
    assert python("-c", show, **PRODUCTION).stdout.splitlines()[-1] == "False"


def test_a_command_with_a_secret_key_knows_that_it_is_in_production():
    assert settings_with(**PRODUCTION)["DEBUG"] is False
    assert settings_with(**PRODUCTION | {"DEBUG": "true"})["DEBUG"] is True


@pytest.mark.skipif(sys.platform == "win32", reason="gunicorn does not run on Windows")
@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"DEBUG": "true"}, "config.E030"),
        ({"STRIPE_SECRET_KEY": "pk_live_abc"}, "config.E002"),
        ({"SECRET_KEY": ""}, "SECRET_KEY is not set"),
    ],
)
def test_gunicorn_does_not_start_with_what_is_unsafe(change, told):
    refused = python("-m", "gunicorn", "--bind", "127.0.0.1:0", **DEPLOYED | change)

    assert refused.returncode != 0
    assert told in refused.stderr
    assert "Booting worker" not in refused.stderr


def test_every_key_that_the_settings_suggest_can_be_written_without_quotes():
    suggested = python("-c", "import config.settings").stderr.partition("Make one with: ")[2]
    keys = [subprocess.check_output(suggested, shell=True, text=True) for _ in range(3)]  # noqa: S602

    assert all(re.fullmatch(r"[A-Za-z0-9_-]{50,}\n", key) for key in keys)


def test_the_demo_with_its_well_known_passwords_is_there_for_developers_alone():
    assert manage("help", "load_demo").returncode == 0
    refused = manage("load_demo", **DEPLOYED)

    assert refused.returncode != 0
    assert "Unknown command: 'load_demo'" in refused.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DEBUG", "perhaps"),
        ("EMAIL_PORT", "smtp"),
        ("SITE_URL", "http://["),
        ("LANGUAGE_CODE", "english"),
        ("TIME_ZONE", "Mars/Olympus"),
        ("TIME_ZONE", "Europe"),
    ],
)
def test_a_value_that_makes_no_sense_stops_the_start(name, value):
    stopped = manage("check", **{name: value})

    assert stopped.returncode != 0
    assert f"{name} is '{value}'" in stopped.stderr


def test_https_brings_secure_cookies_redirect_and_hsts():
    names = ["SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_SSL_REDIRECT"]
    deployed, development = settings_with(**DEPLOYED), settings_with()

    assert [deployed[name] for name in names] == [True, True, True]
    assert deployed["SECURE_HSTS_SECONDS"] > 0
    assert [development[name] for name in names] == [False, False, False]


def test_links_and_allowed_hosts_follow_the_address_of_the_site():
    deployed = settings_with(**DEPLOYED | {"SITE_URL": "https://shop.example.com/"})

    assert deployed["SITE_URL"] == "https://shop.example.com"
    assert deployed["ALLOWED_HOSTS"] == ["shop.example.com"]
    assert deployed["CSRF_TRUSTED_ORIGINS"] == ["https://shop.example.com"]


def test_where_the_shop_is_decides_how_dates_and_amounts_are_written():
    show = (
        "from datetime import datetime; from django.utils.formats import date_format;"
        "from shop.money import format_money;"
        "print(date_format(datetime(2026, 3, 4)), '/', format_money(123450, 'eur'))"
    )
    shown = {
        region: manage("shell", "--no-imports", "-c", show, LANGUAGE_CODE=region).stdout.strip()
        for region in ("en-us", "en_GB", "de")
    }
    assert shown == {
        "en-us": "March 4, 2026 / €1,234.50",
        "en_GB": "4 Mar 2026 / €1,234.50",
        "de": "4. March 2026 / 1.234,50\N{NO-BREAK SPACE}€",
    }


def test_a_secret_pasted_with_a_newline_loses_it():
    read = settings_with(STRIPE_SECRET_KEY="sk_test_abc\n")

    assert read["STRIPE_SECRET_KEY"] == "sk_test_abc"
    assert read["STRIPE_SIMULATED"] is False


def test_uploads_move_to_object_storage_by_one_setting():
    storage = settings_with(MEDIA_S3_BUCKET="pictures")["STORAGES"]["default"]

    assert storage["BACKEND"] == "storages.backends.s3.S3Storage"
    assert storage["OPTIONS"] == {"bucket_name": "pictures", "querystring_auth": False}


def test_countries_may_be_written_in_small_letters():
    read = settings_with(STRIPE_SHIPPING_COUNTRIES="us, Gb,")

    assert read["STRIPE_SHIPPING_COUNTRIES"] == ["US", "GB"]


@pytest.mark.parametrize("written", ["pay.example.com", "https://Pay.example.com/c/pay"])
def test_a_checkout_domain_of_the_account_is_where_forms_may_lead(written):
    read = settings_with(STRIPE_CHECKOUT_HOST=written)

    assert read["STRIPE_CHECKOUT_HOST"] == "pay.example.com"
    policy = read["CONTENT_SECURITY_POLICY"]["DIRECTIVES"]
    assert policy["form-action"] == ["'self'", "https://pay.example.com"]


def test_a_checkout_host_that_makes_no_sense_is_named():
    refused = manage("check", STRIPE_CHECKOUT_HOST="https://[pay")

    assert "config.E021" in refused.stderr


@pytest.mark.parametrize(
    ("written", "sender"),
    [
        ({"SHOP_NAME": "Müller, Söhne & Co"}, '"Müller, Söhne & Co" <shop@shop.example.com>'),
        ({"SHOP_NAME": "Field\nhouse"}, "Field house <shop@shop.example.com>"),
        ({"SITE_URL": "https://münchen.example"}, "Fieldhouse <shop@xn--mnchen-3ya.example>"),
        ({"SITE_URL": "http://[::1]:8000"}, "Fieldhouse <shop@[IPv6:::1]>"),
        ({"DEFAULT_FROM_EMAIL": "Müller, Co <a@example.com>"}, '"Müller, Co" <a@example.com>'),
        ({"DEFAULT_FROM_EMAIL": '"A, B" <a@example.com>'}, '"A, B" <a@example.com>'),
        ({"DEFAULT_FROM_EMAIL": "a@example.com"}, "a@example.com"),
    ],
)
def test_mails_come_from_the_shop_whatever_its_name_and_host(written, sender):
    assert settings_with(**DEPLOYED | written)["DEFAULT_FROM_EMAIL"] == sender


def test_a_shop_with_an_odd_name_passes_all_checks():
    odd = {"SHOP_NAME": "Müller, Söhne & Co", "SITE_URL": "https://münchen.example"}
    checked = manage("check", "--deploy", "--fail-level", "WARNING", **DEPLOYED | odd)

    assert checked.returncode == 0, checked.stderr


def test_an_address_with_umlauts_is_allowed_as_browsers_send_it():
    deployed = settings_with(**DEPLOYED | {"SITE_URL": "https://münchen.example:8443/"})

    assert deployed["SITE_URL"] == "https://xn--mnchen-3ya.example:8443"
    assert deployed["ALLOWED_HOSTS"] == ["xn--mnchen-3ya.example"]


def test_an_ipv6_address_is_allowed_as_browsers_send_it():
    assert settings_with(**DEPLOYED | {"SITE_URL": "http://[::1]:8000"})["ALLOWED_HOSTS"] == [
        "[::1]"
    ]


def test_a_folder_may_have_any_name(tmp_path):
    folder = tmp_path / "C# at 100%?"
    (folder / "config").mkdir(parents=True)
    for file in (settings.BASE_DIR / "config").glob("*.py"):
        (folder / "config" / file.name).write_bytes(file.read_bytes())
    code = "from config import settings; print(settings.DATABASES['default']['NAME'])"
    ran = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "DEBUG": "true", "PYTHON_DOTENV_DISABLED": "1"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.stdout.strip() == str(folder / "var" / "shop.sqlite3"), ran.stderr
