"""Whatever stands in the headers and the address, the answer is a page and never a crash."""

from urllib.parse import quote
from wsgiref.util import setup_testing_defaults

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from config.middleware import with_plain_headers
from tests.pages import read

FORM = "application/x-www-form-urlencoded"
PAGES = ["/", "/accounts/register/", "/home/", "/orders/", "/cart/", "/webhooks/stripe/", "/admin/"]
HEADERS = ["CONTENT_TYPE", "HTTP_HOST", "HTTP_COOKIE", "HTTP_ACCEPT_LANGUAGE", "HTTP_REFERER"]
HEADERS += ["HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_ORIGIN", "CONTENT_LENGTH"]
HEADERS += ["HTTP_STRIPE_SIGNATURE", "HTTP_IF_MODIFIED_SINCE", "HTTP_IF_NONE_MATCH", "REMOTE_ADDR"]
HEADERS += ["HTTP_ACCEPT", "HTTP_ACCEPT_ENCODING", "HTTP_RANGE", "HTTP_X_REQUESTED_WITH"]
CODECS = ["hex", "base64", "rot13", "idna", "punycode", "utf-16", "utf-7", "utf-8", "no", "\0", ""]

few_examples = hypothesis_settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module")
def application():
    return with_plain_headers(WSGIHandler())


def status_of(application, path="/", method="GET", query="", **headers) -> int:
    """What a server would send on; like WSGI, headers and path are bytes read as Latin-1."""
    environ = {"REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": query}
    environ |= {"HTTP_HOST": "testserver", "REMOTE_ADDR": "8.8.4.4"} | headers
    setup_testing_defaults(environ)
    answers = []
    # The test's own connection to the database stays open; the test client does the same.
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    response = application(environ, lambda status, headers: answers.append(int(status[:3])))
    b"".join(response)
    response.close()
    request_started.connect(close_old_connections)
    request_finished.connect(close_old_connections)
    return answers[0]


@pytest.mark.parametrize("kind", [FORM, "multipart/form-data; boundary=x", "text/plain"])
@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_no_charset_is_a_500(application, db, kind, codec, method):
    for charset in (f"charset={codec}", f'Charset="{codec}"', f"charset*={codec}''{codec}"):
        headers = {"CONTENT_TYPE": f"{kind}; {charset}"}
        assert status_of(application, "/", method, "next=%E9x%ED%A0%80", **headers) < 500


def test_a_form_says_why_it_is_refused_when_it_is_not_utf_8(client, db):
    kind = "multipart/form-data; boundary=x; charset=latin-1"
    page = client.generic("POST", "/", b"x", kind)

    assert page.status_code == 400
    assert read(page).headings == ["We could not read that request"]


@pytest.mark.parametrize("charset", ["utf-8", "UTF-8", '"utf-8"'])
def test_a_form_may_say_that_it_is_utf_8(application, db, charset):
    headers = {"CONTENT_TYPE": f"{FORM}; charset={charset}", "CONTENT_LENGTH": "0"}

    assert status_of(application, "/webhooks/stripe/", "POST", **headers) == 400
    assert status_of(application, "/home/", "GET", **headers) == 302


@pytest.mark.parametrize("length", [":", "-1", "1e3", "٣", "9" * 30, ""])
def test_a_body_whose_length_is_no_number_is_read_as_none(application, db, length):
    headers = {"CONTENT_TYPE": FORM, "CONTENT_LENGTH": length}

    assert status_of(application, "/webhooks/stripe/", "POST", **headers) == 400


def test_too_many_fields_in_the_address_are_a_400_whatever_the_charset(application, db):
    query = "&".join(f"a{number}=" for number in range(1001))
    headers = {"CONTENT_TYPE": "text/plain; charset=utf-8"}

    assert status_of(application, "/", query=query, **headers) == 400


@pytest.mark.parametrize("name", ["sessionid", "csrftoken", "messages"])
def test_a_nul_in_a_cookie_is_a_cookie_less(application, db, name):
    cookie = f'{name}="aaaaaaaaaaaa\\000aaaaaaaaaaaaaaaaaaaa"'

    assert status_of(application, "/home/", HTTP_COOKIE=cookie) == 302
    assert status_of(application, "/accounts/login/", HTTP_COOKIE=cookie) == 200


@pytest.mark.parametrize(
    "path",
    ["/%00", "/orders/A%00/", "/products/%00/", "/media/%00", "/accounts/email_change/%00/"]
    + [f"/admin/{page}/%00/change/" for page in ("shop/product", "orders/order", "accounts/user")]
    + [f"/admin/{page}/?q=%00" for page in ("shop/product", "orders/order", "accounts/user")],
)
def test_a_nul_in_the_address_is_a_page_too(as_staff, path):
    assert as_staff.get(path, follow=True).status_code in (200, 404)


odd = st.one_of(
    st.text(st.characters(max_codepoint=255), max_size=40),
    st.text(alphabet="[]:;,=\"'\\%/@.*?& \0\tabc019-", max_size=40),
    st.sampled_from([f"{FORM}; charset={codec}" for codec in CODECS]),
    st.sampled_from(
        ["a; x*=no''a", "a; x*=hex''a", "a;" * 300, "9" * 5000, "-1", "[::1", "a" * 9000]
    ),
)


@few_examples
@example(name="CONTENT_TYPE", text="a; x*=no''a", page="/")
@given(name=st.sampled_from(HEADERS), text=odd, page=st.sampled_from(PAGES))
def test_no_header_is_a_500(application, db, name, text, page):
    for method in ("GET", "POST"):
        assert status_of(application, page, method, **{name: text}) < 500


@few_examples
@given(raw=st.binary(max_size=20), page=st.sampled_from(PAGES))
def test_no_address_is_a_500(application, as_alice, raw, page):
    cookie = f"sessionid={as_alice.cookies['sessionid'].value}"
    for path, query in ((page + raw.decode("latin-1"), ""), (page, quote(raw)), (page, "q=")):
        assert status_of(application, path, query=query, HTTP_COOKIE=cookie) < 500
    for name in ("q", "page", "sort", "category", "cancelled", "removed", "quantity", "session_id"):
        assert status_of(application, page, query=f"{name}={quote(raw)}", HTTP_COOKIE=cookie) < 500
