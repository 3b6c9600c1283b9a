"""What holds for each page, whoever looks at it."""

import errno
import html.parser
import re
from pathlib import Path

import pytest
from django.contrib.messages import constants
from django.contrib.messages.storage.base import Message
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import ManifestFilesMixin
from django.db import DatabaseError, OperationalError
from django.template.loader import render_to_string
from django.test import Client

from config.views import bad_request, server_error
from tests.pages import read, words
from tests.people import logged_in, with_code

OPEN_PAGES = ["/", "/accounts/login/", "/accounts/register/", "/accounts/password_reset/"]
OWN_PAGES = ["/home/", "/products/speckled-mug/", "/orders/", "/accounts/profile/"]
OWN_PAGES += ["/accounts/password_change/", "/accounts/email_change/", "/accounts/delete/"]
OWN_PAGES += ["/cart/", "/home/?q=mug", "/home/?q=unicorn", "/home/?q=mug+under+1&price_to=1,250"]
STAFF_PAGES = ["/accounts/code/", "/accounts/device/", "/accounts/device/new/"]
STAFF_PAGES += ["/accounts/device/recovery_codes/"]
PAGES = [*OPEN_PAGES, *OWN_PAGES, *STAFF_PAGES]
# What crispy calls a field, and pages a place; nothing has to look so.
HOOKS = {"requiredField", "textinput", "emailinput", "passwordinput"}


class Outline(html.parser.HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def all(self, tag):
        return [attrs for name, attrs in self.tags if name == tag]


@pytest.fixture
def visitor(url, client, as_alice, staff, settings) -> Client:
    """Whoever may see the page."""
    if url in STAFF_PAGES:
        settings.STAFF_SECOND_FACTOR = True
        return logged_in(staff) if url == "/accounts/code/" else with_code(staff)
    return as_alice if url in OWN_PAGES else client


@pytest.mark.parametrize("url", PAGES)
def test_a_page_has_language_title_one_heading_a_main_part_and_a_way_to_skip_there(
    visitor, mug, url
):
    page = visitor.get(url)
    outline = Outline(page.text)
    title = re.search(r"<title>\s*(.+?)\s*</title>", page.text, re.S)

    assert outline.all("html")[0]["lang"] == "en"
    assert title
    assert len(title[1]) > 5
    assert len(outline.all("h1")) == 1
    assert len(outline.all("main")) == 1
    first_link = outline.all("a")[0]
    assert any(attrs.get("id") == first_link["href"].removeprefix("#") for _, attrs in outline.tags)


@pytest.mark.parametrize("url", PAGES)
def test_an_id_names_one_thing_and_labels_name_fields(visitor, mug, bowl, url):
    outline = Outline(visitor.get(url).text)
    ids = [attrs["id"] for _, attrs in outline.tags if attrs.get("id")]

    assert len(ids) == len(set(ids))
    for label in outline.all("label"):
        assert "for" not in label or label["for"] in ids
    for field in outline.all("input"):
        if field.get("type") not in ("hidden", "submit"):
            labelled = {label.get("for") for label in outline.all("label")}
            assert field.get("aria-label") or field["id"] in labelled


@pytest.mark.parametrize("url", PAGES)
def test_a_page_and_its_form_in_error_use_only_classes_that_the_styles_know(visitor, mug, url):
    known = HOOKS.copy()
    for page in (visitor.get(url), visitor.post(url, {"submit": "Send"})):
        outline = Outline(page.text)
        used = {name for _, attrs in outline.tags for name in (attrs.get("class") or "").split()}
        for link in outline.all("link"):
            if link["rel"] == "stylesheet":
                path = finders.find(link["href"].removeprefix("/static/"))
                known |= set(re.findall(r"\.([a-zA-Z][\w-]*)", Path(path).read_text()))
        assert used <= known


def test_the_ways_of_the_header_stand_in_the_same_order_on_every_page(as_alice, mug):
    orders = set()
    for url in OWN_PAGES:
        header = as_alice.get(url).text.split("<header")[1].split("</header>")[0]
        orders.add(tuple(re.findall(r'(?:href|action)="([^"]+)"', header)))

    (ways,) = orders
    own = ("/orders/", "/accounts/profile/", "/accounts/logout/", "/cart/")
    assert ways[1:] == ("/home/", "/home/", *own)  # the search, and Products


@pytest.mark.parametrize("url", ["/", "/home/"])
def test_every_page_says_that_payments_are_simulated_when_they_are(as_alice, settings, url, mug):
    client = as_alice if url == "/home/" else Client()
    assert "Payments are simulated" in read(client.get(url), "header").part(".simulated").text

    settings.STRIPE_SIMULATED = False
    assert not read(client.get(url), "header").has(".simulated")


@pytest.mark.parametrize("url", ["/", "/home/", "/admin/"])
def test_browsers_are_told_to_load_nothing_from_elsewhere(as_staff, mug, url):
    policy = as_staff.get(url, follow=True).headers["Content-Security-Policy"]
    directives = dict(part.split(" ", 1) for part in policy.split("; "))

    assert directives["default-src"] == "'none'"
    assert directives["script-src"] == directives["style-src"] == "'self'"
    assert directives["form-action"] == "'self' https://checkout.stripe.com"
    assert directives["frame-ancestors"] == "'none'"


def test_an_unknown_page_is_a_404_in_plain_words(as_alice):
    page = as_alice.get("/no-such-page/")

    assert page.status_code == 404
    assert read(page).headings == ["Page not found"]
    assert read(page).links == [("Back to the shop", "/")]


def test_a_form_without_its_token_is_refused_in_plain_words(alice, mug):
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    page = client.post(f"/checkout/{mug.pk}/", {"quantity": 1})

    assert page.status_code == 403
    assert read(page).headings == ["This page was open for too long"]
    assert "CSRF" not in read(page, "html").text
    assert "nothing was charged" in read(page).text


@pytest.mark.parametrize("name", ["400", "403", "403_csrf", "404", "500", "503"])
def test_an_error_page_says_whether_money_moved_and_nothing_in_jargon(name):
    page = render_to_string(f"{name}.html")
    words = re.sub(r"<[^>]+>", " ", page[page.index("<h1") : page.index("</main>")])

    assert re.search(r"nothing was charged|a payment\s+that arrived is never lost", words, re.I)
    assert not re.search(r"\d{3}|error|invalid|forbidden|oops|csrf|please|server", words, re.I)


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data"])
@pytest.mark.parametrize("charset", ["utf-16", "utf-7", "nonsense"])
@pytest.mark.parametrize("url", ["/", "/accounts/register/", "/webhooks/stripe/", "/home/"])
def test_a_form_in_a_strange_encoding_is_a_4xx_and_never_a_500(db, url, kind, charset):
    client = Client(raise_request_exception=False)
    content_type = f"{kind}; boundary=x; charset={charset}"
    # generic(): the test client's post() would itself fail to encode the body.
    response = client.generic("POST", url, b"username=a&password=b", content_type)

    assert response.status_code < 500


def test_the_400_page_does_not_touch_the_request():
    page = bad_request(None, ValueError("secret"))

    assert page.status_code == 400
    assert "secret" not in page.text
    assert len(read(page).headings) == 1


def test_the_500_page_stands_alone(settings, alice, mug, monkeypatch):
    def fail(*_):
        raise RuntimeError("secret")

    monkeypatch.setattr("shop.views.page_of", fail)
    client = Client(raise_request_exception=False)
    client.force_login(alice)
    page = client.get("/home/")

    assert page.status_code == 500
    assert len(read(page).headings) == 1
    assert "secret" not in page.text


def test_every_page_says_where_to_write_to_errors_too(client, as_alice, mug, settings):
    settings.CONTACT_EMAIL = "help@example.com"
    pages = [client.get("/"), as_alice.get("/home/"), as_alice.get("/no-such-page/")]
    pages += [bad_request(None, ValueError()), server_error(None)]
    for page in pages:
        assert read(page, "footer").link("help@example.com") == "mailto:help@example.com"
    assert read(as_alice.get("/home/"), "footer").link("My Orders") == "/orders/"
    assert [name for name, _ in read(client.get("/"), "footer").links] == ["help@example.com"]

    settings.CONTACT_EMAIL = ""
    assert read(as_alice.get("/home/"), "footer").links == []
    assert not read(as_alice.get("/home/"), "footer").has("nav")  # without pages of the shop


def test_staff_come_from_each_page_to_the_admin(as_staff, mug):
    assert read(as_staff.get("/home/"), "footer").link("Admin") == "/admin/"


def test_the_header_says_which_page_is_open(as_alice, client, mug):
    def open_now(client: Client, url: str) -> list[str]:
        links = read(client.get(url), "header").all("a")
        return [words(link) for link in links if link.get("aria-current") == "page"]

    assert open_now(as_alice, "/home/") == ["Products"]
    assert open_now(as_alice, "/orders/") == ["My Orders"]
    assert open_now(as_alice, "/cart/") == ["Cart"]
    assert open_now(client, "/accounts/login/") == ["Log in"]
    assert open_now(client, "/accounts/password_reset/") == []


def test_the_header_leads_visitors_in_and_shoppers_about(as_alice, client, mug, settings):
    visitor = read(client.get("/"), "header")
    shopper = read(as_alice.get("/home/"), "header")

    shop = (settings.SHOP_NAME, "/")
    assert visitor.links == [
        *(shop, ("Log in", "/accounts/login/"), ("Register", "/accounts/register/"))
    ]
    assert visitor.buttons == {}
    assert [name for name, _ in shopper.links] == [
        *(settings.SHOP_NAME, "Products", "My Orders", "Profile", "Cart")
    ]
    assert shopper.buttons == {"Search": "/home/", "Log out": "/accounts/logout/"}


def test_an_error_page_says_whose_shop_it_is(settings):
    for page in (bad_request(None, ValueError()), server_error(None)):
        assert read(page, "header").links == [(settings.SHOP_NAME, "/")]
        assert read(page, "head").title.endswith(f" – {settings.SHOP_NAME}")


@pytest.mark.parametrize("place", ["header", "footer"])
def test_the_name_of_a_shop_is_drawn_until_it_has_its_own(client, db, settings, place):
    mark = read(client.get("/"), place).part(".wordmark")
    assert (mark.text, len(mark.all("img"))) == ("Fieldhouse", 1)

    settings.SHOP_NAME = "Kettle & Co"
    mark = read(client.get("/"), place).part(".wordmark")
    assert (mark.text, len(mark.all("img"))) == ("Kettle & Co", 0)


def test_a_page_that_is_not_there_has_the_header_of_all_others(as_alice, client, mug):
    for visitor, url in ((as_alice, "/home/"), (client, "/accounts/login/")):
        lost, page = read(visitor.get("/no-such-page/"), "header"), read(visitor.get(url), "header")
        assert (lost.links, lost.buttons) == (page.links, page.buttons)


def test_a_page_that_is_not_there_leaves_messages_to_the_next_one(as_alice, mug):
    as_alice.post(f"/cart/add/{mug.pk}/", {"quantity": 1})

    assert read(as_alice.get("/no-such-picture.png")).notices == []
    assert len(read(as_alice.get("/home/")).notices) == 1


def fail(*_):
    raise DatabaseError("gone")


@pytest.mark.parametrize(
    "what",
    ["shop.context_processors.Shop.load", "django.contrib.sessions.backends.db.SessionStore.load"],
)
def test_a_page_that_is_not_there_is_a_404_whatever_fails(as_alice, settings, monkeypatch, what):
    monkeypatch.setattr(what, fail)
    page = as_alice.get("/no-such-page/")

    assert page.status_code == 404
    assert read(page).headings == ["Page not found"]
    assert read(page, "header").links == [(settings.SHOP_NAME, "/")]


@pytest.mark.parametrize("level", ["error", "success", "warning"])
def test_a_message_looks_like_what_it_says_and_is_read_aloud(level):
    message = Message(getattr(constants, level.upper()), "The cart is full.")
    notice = read(render_to_string("_messages.html", {"messages": [message]}), ".notice")

    assert notice.text == "The cart is full."
    assert notice.element.get("class") == f"notice notice-{level}"
    assert notice.element.get("role") == ("alert" if level == "error" else "status")


def test_the_health_page_needs_no_login(client, db):
    assert client.get("/healthz/").status_code == 200


def test_the_health_page_fails_with_the_database(client, monkeypatch):
    class Gone:
        def cursor(self):
            raise DatabaseError("gone")

    monkeypatch.setattr("config.views.connection", Gone())
    assert client.get("/healthz/").status_code == 503


def test_the_health_page_answers_whatever_the_host(client, db):
    assert client.get("/healthz/", headers={"host": "10.0.0.7"}).status_code == 200


@pytest.mark.parametrize(
    ("missing", "words"),
    [
        ("django.db.migrations.executor.MigrationExecutor.migration_plan", "Migrations are not"),
        ("config.health.staticfiles_storage", "Static files are not collected"),
    ],
)
def test_the_health_page_names_a_step_that_was_left_out(client, db, monkeypatch, missing, words):
    class NothingCollected(ManifestFilesMixin):
        def __init__(self):
            pass

        def read_manifest(self):
            return None

    found = (lambda *_: ["0001"]) if "plan" in missing else NothingCollected()
    monkeypatch.setattr(missing, found)
    page = client.get("/healthz/")

    assert page.status_code == 503
    assert page.text.startswith(words)


@pytest.mark.parametrize(
    "error",
    [
        OperationalError("database is locked"),
        OperationalError("attempt to write a readonly database"),
        OSError(errno.ENOSPC, "No space left on device"),
    ],
)
def test_a_database_or_disk_in_trouble_is_a_calm_page_and_a_line_with_the_cause(
    as_alice, mug, monkeypatch, caplog, error
):
    def fail(*_):
        raise error

    monkeypatch.setattr("shop.views.page_of", fail)
    as_alice.raise_request_exception = False
    page = as_alice.get("/home/")

    assert page.status_code == 503
    assert read(page).headings == ["The shop is busy for a moment"]
    assert f"database or disk: {error}" in caplog.messages
