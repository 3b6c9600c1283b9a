"""With DEBUG off the log is one JSON object a line: what, where, its traceback, and no people."""

import json
import logging
import sys
from typing import Any

import pytest
from django.conf import settings as shop_settings
from django.core import mail
from django.core.exceptions import ImproperlyConfigured

from config import request_log
from config.error_collector import report_errors_to, without_people
from config.log import ErrorMailHandler, JsonLineFormatter, LineFormatter, without_addresses
from config.tests.test_settings import DEPLOYED, python
from config.views import server_error

# The shop as a server runs it, with a page that fails; and what is asked of it.
SERVER = """
import os
from io import BytesIO
from wsgiref.util import setup_testing_defaults

os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
from django.conf import settings

# Nothing was collected.
plain = "django.contrib.staticfiles.storage.StaticFilesStorage"
settings.STORAGES["staticfiles"]["BACKEND"] = plain

from config.wsgi import application
from config import views
from shop import payments

class Broken:
    def cursor(self):
        raise RuntimeError("no cursor for carla@example.com")

views.connection = Broken()

def broken(*args):
    raise RuntimeError("the webhook fell over")

payments.parse_event = broken

def ask(path, method="GET", query="", host="shop.example.com"):
    environ = {"PATH_INFO": path, "REQUEST_METHOD": method, "QUERY_STRING": query,
               "HTTP_HOST": host, "wsgi.url_scheme": "https", "wsgi.input": BytesIO(b""),
               "CONTENT_LENGTH": "0"}
    setup_testing_defaults(environ)
    def start(status, headers):
        answers.append([status, dict(headers).get("X-Request-ID")])
    application(environ, start).close()

answers = []

"""


def log_of(code: str) -> tuple[list[list[str]], list[dict[str, Any]]]:
    """What the server answers (status and id of the request), and the lines of its log."""
    show = "import sys, json; print(json.dumps(answers), file=sys.stderr)"
    ran = python("-c", f"{SERVER}{code}\n{show}", **DEPLOYED)
    assert ran.returncode == 0, ran.stderr
    lines = [json.loads(line) for line in ran.stdout.splitlines()]
    # Said at the start, as the database is empty.
    return json.loads(ran.stderr), [line for line in lines if line["logger"] != "config.health"]


def test_an_error_is_logged_with_method_path_and_traceback_and_without_people():
    answers, (line,) = log_of('ask("/healthz/", "HEAD", query="q=secret&email=dora@example.com")')

    assert answers[0][0] == "500 Internal Server Error"
    assert (line["level"], line["logger"]) == ("ERROR", "django.request")
    assert (line["method"], line["path"], line["status_code"]) == ("HEAD", "/healthz/", 500)
    assert line["traceback"].startswith("Traceback (most recent call last):")
    assert "RuntimeError: no cursor for <address>" in line["traceback"]
    assert "secret" not in str(line)
    assert "dora" not in str(line)


def test_a_line_and_the_answer_that_it_speaks_of_carry_the_same_id():
    answers, lines = log_of('ask("/healthz/"); ask("/healthz/")')
    ids = [request_id for _, request_id in answers]

    assert [line["request_id"] for line in lines] == ids
    assert len(set(ids)) == 2


def test_an_error_of_the_webhook_is_logged():
    answers, (line,) = log_of('ask("/webhooks/stripe/", "POST")')

    assert answers[0][0] == "500 Internal Server Error"
    assert (line["method"], line["path"]) == ("POST", "/webhooks/stripe/")
    assert "RuntimeError: the webhook fell over" in line["traceback"]


def test_a_host_that_is_not_ours_is_logged():
    answers, lines = log_of('ask("/", host="evil.example")')

    assert answers[0][0] == "400 Bad Request"
    assert {line["logger"] for line in lines} == {"django.security.DisallowedHost"}


def test_a_page_that_is_not_there_is_no_news():
    answers, lines = log_of('ask("/nothing/")')

    assert answers[0][0] == "404 Not Found"
    assert "/nothing/" not in str(lines)


@pytest.mark.parametrize(
    "name", ["django.db", "django.tasks", "psycopg.pool", "a.library", "orders", ""]
)
def test_a_warning_from_anywhere_is_logged_once(name):
    code = f'import logging; logging.getLogger("{name}").warning("a strange thing")'
    _, lines = log_of(code)

    assert [line["message"] for line in lines] == ["a strange thing"]


def test_a_slow_request_is_logged(client, db, monkeypatch, caplog):
    client.get("/healthz/")
    assert caplog.messages == []

    monkeypatch.setattr(request_log, "SLOW_SECONDS", -1)
    client.get("/healthz/")
    assert caplog.messages == ["slow: 0.0 s for /healthz/"]


@pytest.mark.parametrize(
    "secret", [shop_settings.SECRET_KEY, "sk_live_abc123", "rk_test_abc", "whsec_abc/def"]
)
def test_a_secret_is_not_logged(secret):
    for formatter in (JsonLineFormatter(), LineFormatter()):
        record = logging.LogRecord("a", logging.ERROR, "", 0, "it was %s here", (secret,), None)
        assert secret.partition("/")[0] not in formatter.format(record)


def test_an_error_is_mailed_to_the_admins_once_a_minute(settings, monkeypatch):
    monkeypatch.setattr(ErrorMailHandler, "last_at", -float("inf"))
    handler = ErrorMailHandler()
    handler.setFormatter(LineFormatter())
    record = logging.LogRecord("a", logging.ERROR, "", 0, "gone for bob@example.com", (), None)
    handler.emit(record)
    assert mail.outbox == []

    settings.ADMINS = [("", "ops@example.com")]
    handler.emit(record)
    handler.emit(record)
    (message,) = mail.outbox
    assert (message.to, message.body) == (["ops@example.com"], "gone for <address>")


def test_a_collector_of_errors_hears_of_no_people_and_its_address_is_checked():
    event = {
        "request": {"cookies": "sessionid=1"},
        "user": {"email": "bob@example.com"},
        "exception": {"values": [{"type": "ValueError", "value": "(bob@example.com) is there"}]},
        "logentry": {"message": "for bob@example.com", "params": ["bob@example.com"]},
    }
    assert without_people(event, {}) == {
        "exception": {"values": [{"type": "ValueError", "value": "(<address>) is there"}]},
        "logentry": {"message": "for <address>"},
    }
    refused = python("-c", "import config.wsgi", SENTRY_DSN="nonsense", **DEPLOYED)
    assert "SENTRY_DSN is not an address" in refused.stderr


def test_without_its_library_a_collector_is_refused_in_words(monkeypatch):
    monkeypatch.setitem(sys.modules, "sentry_sdk", None)

    with pytest.raises(ImproperlyConfigured, match="pip install sentry-sdk"):
        report_errors_to("https://key@errors.example.com/1")


def test_an_error_in_the_thread_of_a_mail_is_logged():
    code = """
from accounts import background
def fall():
    raise RuntimeError("the mail fell over")
background.do(fall)
"""
    _, (line,) = log_of(code)

    assert (line["level"], line["logger"]) == ("ERROR", "accounts.background")
    assert "RuntimeError: the mail fell over" in line["traceback"]


def test_a_page_for_errors_that_fails_too_hides_nothing(monkeypatch, caplog):
    def fail(*_args: object) -> None:
        raise RuntimeError("no template")

    monkeypatch.setattr("config.views.render_to_string", fail)
    page = server_error(None)

    assert page.status_code == 500
    assert page.text == "Something went wrong.\n"
    assert "RuntimeError: no template" in caplog.text


def test_a_token_in_an_address_is_not_logged(rf):
    token = "WyJhbGljZUBleGFtcGxlLmNvbSJd:1abcde:" + "x" * 43
    request = rf.get(f"/accounts/email_change/{token}/?q=1")
    record = record_of("Internal Server Error: %s", request.path, request)

    line = LineFormatter("%(message)s").format(record)
    assert line == "Internal Server Error: /accounts/email_change/.../ (GET)"


def record_of(message: str, path: str, request: object):
    record = logging.LogRecord("django.request", logging.ERROR, "", 0, message, (path,), None)
    record.request = request
    return record


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Key (lower(email))=(a.b@example.com) already exists.", "=(<address>) already"),
        ("{'alice@example.com': (550, b'no')}", "{'<address>': (550"),
        ('Invalid address "al ice@x"', "<address>"),
        ("no people here", "no people here"),
    ],
)
def test_an_email_address_is_left_out_wherever_it_stands(text, kept):
    assert kept in without_addresses(text)
    assert "ice@" not in without_addresses(text)
    assert "b@" not in without_addresses(text)


def test_a_server_says_at_its_start_what_was_left_out():
    told = [
        json.loads(line)
        for line in python("-c", "import config.wsgi", **DEPLOYED).stdout.splitlines()
    ]

    assert "Migrations are not applied: python manage.py migrate" in [
        line["message"] for line in told
    ]
