"""Anybody can write anything into `next`: it never breaks a page and never leads off the site."""

from urllib.parse import quote, urlencode, urljoin, urlsplit

import pytest
from django.http import HttpRequest, HttpResponse, QueryDict
from django.test import Client
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from accounts.models import Tries, User
from accounts.next_page import next_page
from tests.people import PASSWORD, logged_in

LOGIN = {"username": "alice", "password": PASSWORD}
CARLA = {"username": "carla", "email": "carla@example.com", "password1": "a fine long secret"}
# Each page that reads `next`, and what its form is sent with to succeed.
PAGES = {
    "/": LOGIN,
    "/accounts/login/": LOGIN,
    "/accounts/register/": CARLA,
    "/accounts/logout/": {},
    "/admin/login/": {"username": "staff", "password": PASSWORD},
    "/admin/logout/": {},
}
ELSEWHERE = [
    "https://evil.example/",
    "//evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "///evil.example",
    "http:///evil.example",
    "/\t/evil.example",
    "\n//evil.example",
    " //evil.example",
    "javascript:alert(1)",
    "http://testserver@evil.example/",
    "http://testserver.evil.example/",
]
NONSENSE = [
    *("[]", "[", "{", "?", "#", "%", ":", "..", "./", "../home/", "home", "shop:home", "a:b:c"),
    *("http://[", "//[", "https://[::1", "http://]/", "http://\u2100.example/", "http:"),
    *("/\0", "/home/\r\nX: y", "/\u2028", "/\ufffe", "/\ud800", "\ud800", "(?P<x>"),
    *("/" + "a" * 3000, "x" * 100_000, "//testserver:port/", "accounts.views.login"),
]
ODD_PATHS = ["/[", "/%00", "/%zz", "/\u2100", "/" + "é" * 1900, "/\U0001f600", "/a:b", "/?[", "/#["]
CODECS = ["utf-7", "utf-16", "latin-1", "cp037", "nonsense"]

few_examples = hypothesis_settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def texts() -> st.SearchStrategy[str]:
    pieces = [*ELSEWHERE, *(text for text in NONSENSE if len(text) < 100), *ODD_PATHS[:4], "/"]
    return st.one_of(
        st.text(st.characters(exclude_categories=[]), max_size=60),
        st.text(alphabet="/\\:[]@.?#%\t\n\r \0evil{}()<>;&=", max_size=30),
        st.lists(st.sampled_from(pieces), max_size=3).map("".join),
    )


@pytest.fixture
def people(alice, staff, mug) -> tuple[Client, Client]:
    """Whoever is logged in and whoever is not."""
    return logged_in(staff), Client()


def assert_stays(url: str, response: HttpResponse) -> None:
    assert response.status_code < 500
    if 300 <= response.status_code < 400:
        assert_is_ours(url, response["Location"])


def assert_is_ours(url: str, location: str) -> None:
    there = urlsplit(urljoin(f"http://testserver{url}", location.replace("\\", "/")))
    assert (there.scheme, there.netloc) == ("http", "testserver")


def opened_and_sent(url: str, people: tuple[Client, Client], query: str, body: bytes, kind: str):
    for client in people:
        client.raise_request_exception = False
        Tries.objects.all().delete()
        User.objects.filter(username="carla").delete()
        yield client.get(url, QUERY_STRING=query)
        yield client.generic("POST", url, body, kind, QUERY_STRING=query)
        client.cookies.clear()
    people[0].force_login(User.objects.get(username="staff"))


@hypothesis_settings(max_examples=500)
@given(target=texts())
def test_next_is_a_path_of_this_site_or_nothing(target):
    request = HttpRequest()
    request.path = "/accounts/login/"
    request.GET = QueryDict(mutable=True)
    request.GET["next"] = target

    path = next_page(request)
    assert path in ("", target)
    if path:
        assert path.startswith("/")
        assert_is_ours(request.path, path)
        path.encode()


@pytest.mark.parametrize("target", [*ELSEWHERE, *NONSENSE])
def test_what_is_no_path_of_this_site_is_nothing(target):
    request = HttpRequest()
    request.GET = QueryDict(mutable=True)
    request.GET["next"] = target

    assert next_page(request) == ""


@pytest.mark.parametrize("url", PAGES)
@pytest.mark.parametrize("target", ["[]", "http://[", "//evil.example", "javascript:alert(1)"])
def test_a_next_that_is_no_page_of_this_site_leads_home(people, url, target):
    visitor = people["logout" not in url]
    response = visitor.post(url, PAGES[url] | {"next": target})

    assert response.url == ("/accounts/login/" if "logout" in url else "/home/")


@pytest.mark.parametrize("url", ["/", "/accounts/login/", "/accounts/register/"])
@pytest.mark.parametrize("target", [text for text in NONSENSE if text.isprintable()])
def test_whoever_is_logged_in_goes_home_instead(as_alice, url, target):
    assert as_alice.get(url, {"next": target}).url == "/home/"


@pytest.mark.parametrize("url", PAGES)
def test_a_next_that_is_a_page_of_this_site_is_followed(people, url):
    visitor = people["logout" not in url]

    assert visitor.post(url, PAGES[url] | {"next": "/home/?q=mug"}).url == "/home/?q=mug"


@pytest.mark.parametrize("url", PAGES)
@few_examples
@example(target="[]")
@example(target="http://[")
@example(target="/" + "é" * 1900)
@given(target=st.one_of(texts(), st.sampled_from(ODD_PATHS)))
def test_no_text_breaks_a_page_or_leads_off_the_site(people, url, target):
    sent = target.encode("utf-8", "surrogatepass")
    body = urlencode(PAGES[url] | {"next": sent}).encode()
    kind = "application/x-www-form-urlencoded"

    for response in opened_and_sent(url, people, f"next={quote(sent)}", body, kind):
        assert_stays(url, response)


@pytest.mark.parametrize("url", PAGES)
@few_examples
@example(sent=b"/+2AA-", codec="utf-7")
@given(sent=st.binary(max_size=30), codec=st.sampled_from(CODECS))
def test_no_bytes_in_any_encoding_do_either(people, url, sent, codec):
    fields = {name: value.encode() for name, value in PAGES[url].items()} | {"next": sent}
    body = b"".join(
        b'--x\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (name.encode(), value)
        for name, value in fields.items()
    )
    kind = f"multipart/form-data; boundary=x; charset={codec}"
    query = f"next={quote(sent)}"

    for response in opened_and_sent(url, people, query, body + b"--x--\r\n", kind):
        assert_stays(url, response)
    assert_stays(url, people[0].get(url, QUERY_STRING=query, CONTENT_TYPE=kind))
