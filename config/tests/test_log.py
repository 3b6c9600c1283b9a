"""With DEBUG off every error is on standard error: what, where, its traceback, and no people."""

import logging

import pytest

from config.log import LineFormatter, without_addresses
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
    answer = application(environ, lambda status, headers: print(status))
    answer.close()

"""


def log_of(code: str) -> tuple[str, str]:
    """What the server answers, and what it writes to standard error."""
    ran = python("-c", SERVER + code, **DEPLOYED)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout, ran.stderr


def test_an_error_is_logged_with_method_path_and_traceback_and_without_people():
    answer, log = log_of('ask("/healthz/", "HEAD", query="q=secret&email=dora@example.com")')

    assert answer == "500 Internal Server Error\n"
    assert "ERROR django.request Internal Server Error: /healthz/ (HEAD)" in log
    assert "Traceback (most recent call last):" in log
    assert "RuntimeError: no cursor for <address>" in log
    assert "secret" not in log
    assert "example.com" not in log.replace("shop.example.com", "")


def test_an_error_is_logged_once():
    _, log = log_of('ask("/healthz/")')

    assert log.count("ERROR django.request") == 1
    assert log.count("RuntimeError: no cursor") == 1


def test_an_error_of_the_webhook_is_logged():
    answer, log = log_of('ask("/webhooks/stripe/", "POST")')

    assert answer == "500 Internal Server Error\n"
    assert "ERROR django.request Internal Server Error: /webhooks/stripe/ (POST)" in log
    assert "RuntimeError: the webhook fell over" in log


def test_a_host_that_is_not_ours_is_logged():
    answer, log = log_of('ask("/healthz/", host="evil.example")')

    assert answer == "400 Bad Request\n"
    assert "ERROR django.security.DisallowedHost" in log


def test_a_page_that_is_not_there_is_no_news():
    answer, log = log_of('ask("/nothing/")')

    assert answer == "404 Not Found\n"
    assert "/nothing/" not in log


@pytest.mark.parametrize(
    "name", ["django.db", "django.tasks", "psycopg.pool", "a.library", "orders", ""]
)
def test_a_warning_from_anywhere_is_logged_once(name):
    code = f'import logging; logging.getLogger("{name}").warning("a strange thing")'
    _, log = log_of(code)

    assert log.count("a strange thing") == 1


def test_an_error_in_the_thread_of_a_mail_is_logged():
    code = """
from orders import mails
def fall(pk):
    raise RuntimeError("the mail fell over")
mails.send_and_disconnect(fall, 7)
"""
    _, log = log_of(code)

    assert "ERROR orders.mails" in log
    assert "RuntimeError: the mail fell over" in log


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
