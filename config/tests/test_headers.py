"""What an audit of the headers looks for."""

import pytest

from config.tests.test_settings import DEPLOYED, settings_with


@pytest.mark.parametrize(
    "url", ["/", "/home/", "/orders/", "/accounts/profile/", "/cart/", "/admin/"]
)
def test_a_page_that_depends_on_who_asks_is_kept_nowhere(as_staff, mug, url):
    assert "no-store" in as_staff.get(url, follow=True).headers["Cache-Control"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        ("Referrer-Policy", "same-origin"),
        ("X-Content-Type-Options", "nosniff"),
        ("X-Frame-Options", "DENY"),
    ],
)
@pytest.mark.parametrize("url", ["/", "/admin/login/", "/no-such-page/"])
def test_browsers_are_told_to_keep_others_out(client, db, url, name, value):
    assert client.get(url, follow=True).headers[name] == value


def test_a_page_may_use_no_camera_and_no_place(client, db):
    assert "camera=(), geolocation=()" in client.get("/").headers["Permissions-Policy"]


def test_under_https_cookies_belong_to_this_host_alone():
    deployed = settings_with(**DEPLOYED)

    assert deployed["SESSION_COOKIE_NAME"] == "__Host-sessionid"
    assert deployed["CSRF_COOKIE_NAME"] == "__Host-csrftoken"
    assert deployed["SECURE_HSTS_SECONDS"] == 365 * 24 * 3600


def test_an_upload_runs_nothing(client, settings):
    settings.DEBUG = True
    settings.MEDIA_ROOT.mkdir()
    (settings.MEDIA_ROOT / "mug.svg").write_bytes(b"<svg xmlns='http://www.w3.org/2000/svg'/>")
    answer = client.get("/media/mug.svg")
    assert b"".join(answer.streaming_content)

    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
