"""What every form of the accounts has in common."""

import re

import pytest

from tests.pages import read
from tests.people import PASSWORD

FORMS = {
    "/": {"username": "username", "password": "current-password"},
    "/accounts/login/": {"username": "username", "password": "current-password"},
    "/accounts/register/": {
        "username": "username",
        "email": "email",
        "password1": "new-password",
    },
    "/accounts/password_reset/": {"email": "email"},
    "/accounts/password_change/": {
        "old_password": "current-password",
        "new_password1": "new-password",
    },
    "/accounts/email_change/": {"email": "email", "password": "current-password"},
    "/accounts/delete/": {"password": "current-password"},
}
OPEN = ("/", "/accounts/login/", "/accounts/register/", "/accounts/password_reset/")


@pytest.fixture
def visit(client, as_alice):
    return lambda url: client if url in OPEN else as_alice


def field(page, name):
    return re.search(rf'<input [^>]*name="{name}"[^>]*>', page.text)[0]


@pytest.mark.parametrize("url", FORMS)
def test_fields_say_to_the_browser_what_they_are_and_have_no_placeholder(visit, url):
    page = visit(url).get(url)

    for name, autocomplete in FORMS[url].items():
        assert f'autocomplete="{autocomplete}"' in field(page, name)
        assert page.text.index(f'for="id_{name}"') < page.text.index(f'id="id_{name}"')
    assert "placeholder" not in page.text


@pytest.mark.parametrize("url", FORMS)
def test_an_empty_form_says_what_to_type_at_the_top_and_at_each_field(visit, url):
    page = visit(url).post(url, {"submit": "Send"})
    summary = read(page).part(".notice-error")

    assert read(page, "head").title.startswith("Error: ")
    assert summary.part(".notice-title").text == "There is a problem"
    assert len(summary.links) == len(FORMS[url])
    for name in FORMS[url]:
        message = page.context["form"].errors[name][0]
        assert message.startswith("Enter your ")
        assert summary.link(message) == f"#id_{name}"
        assert page.text.count(message) == 2
        assert 'aria-invalid="true"' in field(page, name)
        assert f"id_{name}_error" in field(page, name)
        assert read(page).part(f"#id_{name}_error").text == message


@pytest.mark.parametrize("url", FORMS)
def test_the_focus_is_on_the_summary_of_errors_and_nowhere_else(visit, url):
    page = visit(url).post(url, {"submit": "Send"})

    assert page.text.count("autofocus") == 1
    assert re.search(r'<div [^>]*role="alert"[^>]* autofocus', page.text)


@pytest.mark.parametrize("url", FORMS)
def test_what_was_typed_is_kept_but_never_a_password(visit, url):
    typed = {name: f"typed-{name}" for name in FORMS[url]} | {"username": "with blanks in it"}
    page = visit(url).post(url, typed)

    for name in FORMS[url]:
        kept = typed[name] in field(page, name)
        assert kept == ("password" not in name)


@pytest.mark.parametrize("url", [*FORMS, "/admin/login/"])
def test_messages_are_plain(visit, client, staff, url):
    messages = []
    for data in (
        {"submit": "Send"},
        {"email": "x", "password": "x", "username": " é", "old_password": "x"},
    ):
        page = (client if "admin" in url else visit(url)).post(url, data)
        for errors in page.context["form"].errors.values():
            messages += errors

    assert messages
    for message in messages:
        assert not re.search(r"invalid|please|oops|forbidden|required", message, re.I)


def test_the_admin_does_not_say_which_part_was_wrong_either(client, alice, staff):
    tries = [("staff", "wrong"), ("nobody", PASSWORD), ("alice", PASSWORD)]
    pages = [
        client.post("/admin/login/", {"username": name, "password": password})
        for name, password in tries
    ]

    errors = {str(page.context["form"].non_field_errors()) for page in pages}
    assert len(errors) == 1
    assert "don’t match a staff account" in errors.pop()


@pytest.mark.parametrize("url", ["/accounts/register/", "/accounts/password_change/"])
def test_a_new_password_is_typed_once_and_the_rule_is_said_before(visit, url):
    page = visit(url).get(url)

    assert page.text.count('autocomplete="new-password"') == 1
    field = "password1" if "register" in url else "new_password1"
    assert read(page).part(f"#id_{field}_helptext").text.startswith("At least 8 characters")


@pytest.mark.parametrize("password", ["short", "12345678901", "password", "alice@example.com"])
def test_a_weak_new_password_is_refused(as_alice, alice, password):
    data = {"old_password": PASSWORD, "new_password1": password}
    page = as_alice.post("/accounts/password_change/", data)

    assert page.context["form"].errors["new_password1"]
    alice.refresh_from_db()
    assert alice.check_password(PASSWORD)


def test_a_wrong_old_password_changes_nothing(as_alice, alice):
    data = {"old_password": "wrong", "new_password1": "another long secret"}
    page = as_alice.post("/accounts/password_change/", data)

    (problem,) = read(page).part(".notice-error").items
    assert problem.startswith("This is not your password.")
    alice.refresh_from_db()
    assert alice.check_password(PASSWORD)
