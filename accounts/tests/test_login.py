from datetime import UTC, datetime

import pytest
from django.core import mail
from django.test import Client

from accounts.models import User
from shop.models import Shop
from tests.pages import read
from tests.people import PASSWORD


def test_the_entry_point_is_the_login_page(client, db):
    page = client.get("/")

    assert page.status_code == 200
    assert read(page).headings == ["Log in", "New here?"]
    assert read(page).fields == {"Username or e-mail address": "", "Password": ""}
    assert read(page).buttons == {"Log in": "/accounts/login/"}
    assert read(page).link("Forgot your password?") == "/accounts/password_reset/"
    assert read(page).link("Create an account") == "/accounts/register/"


@pytest.mark.parametrize("url", ["/", "/accounts/register/"])
def test_a_visitor_reads_whose_shop_it_is(client, db, settings, url):
    Shop.load()
    Shop.objects.update(introduction="Stoneware from a small kiln.")
    page = client.get(url)

    assert read(page).part(".lede").text == "Stoneware from a small kiln."
    metas = {meta.get("name"): meta.get("content") for meta in read(page, "head").all("meta")}
    assert metas["description"] == "Stoneware from a small kiln."
    assert read(page, "head").title.endswith(f" – {settings.SHOP_NAME}")
    assert read(page, "header").link(settings.SHOP_NAME) == "/"
    assert read(page, "footer").paragraphs[0] == settings.SHOP_NAME


@pytest.mark.parametrize("url", ["/", "/accounts/register/"])
def test_a_shop_that_says_nothing_of_itself_leaves_no_gap(client, db, url):
    page = client.get(url)

    assert not read(page).has(".lede")
    assert "description" not in [meta.get("name") for meta in read(page, "head").all("meta")]


@pytest.mark.parametrize("url", ["/", "/accounts/login/"])
def test_logging_in_leads_home(client, alice, url):
    response = client.post(url, {"username": "alice", "password": PASSWORD})

    assert response.url == "/home/"


@pytest.mark.parametrize("url", ["/", "/accounts/login/", "/?next=/", "/?next=//evil.example"])
def test_whoever_is_logged_in_goes_home(as_alice, url):
    assert as_alice.get(url, follow=True).redirect_chain[-1][0] == "/home/"


def test_a_failed_login_keeps_the_name_and_does_not_say_what_was_wrong(client, alice):
    wrong_password = client.post("/", {"username": "alice", "password": "wrong"})
    unknown_name = client.post("/", {"username": "nobody", "password": PASSWORD})

    assert read(wrong_password).fields == {"Username or e-mail address": "alice", "Password": ""}
    assert read(wrong_password).part(".notice-error").items == (
        wrong_password.context["form"].non_field_errors()
    )
    assert (
        wrong_password.context["form"].non_field_errors()
        == unknown_name.context["form"].non_field_errors()
    )


@pytest.mark.parametrize(
    "url",
    [
        "/home/",
        "/products/speckled-mug/",
        "/orders/",
        "/orders/ABCDEFGH/",
        "/success/",
        "/accounts/profile/",
        "/accounts/password_change/",
    ],
)
def test_a_visitor_logs_in_first_and_is_led_back(client, mug, url):
    response = client.get(url)

    assert response.status_code == 302
    assert response.url == f"/accounts/login/?next={url}"


def test_a_post_after_the_session_ended_does_not_lead_back_to_a_page_that_refuses_get(client, mug):
    response = client.post(f"/checkout/{mug.pk}/", {"quantity": 1})

    assert response.url == "/accounts/login/"


def test_logging_out_is_a_post(as_alice):
    assert as_alice.get("/accounts/logout/").status_code == 405
    assert as_alice.get("/home/").status_code == 200

    as_alice.post("/accounts/logout/")
    assert as_alice.get("/home/").status_code == 302


@pytest.mark.parametrize("url", ["/", "/accounts/register/", "/accounts/logout/"])
def test_a_form_from_another_site_is_refused(alice, url):
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)

    assert client.post(url, {"username": "alice", "password": PASSWORD}).status_code == 403


def test_a_password_can_be_reset_by_mail(client, alice, settings):
    settings.SITE_URL = "https://shop.example.com"
    client.post("/accounts/password_reset/", {"email": "ALICE@example.com"})
    (message,) = mail.outbox
    link = next(word for word in message.body.split() if word.startswith(settings.SITE_URL))
    assert message.subject == f"Set a new password for {settings.SHOP_NAME}"
    assert message.body.startswith("Hello alice,\n")
    assert f"your account at {settings.SHOP_NAME}.\n" in message.body
    assert message.body.rstrip().endswith(f"\n{settings.SHOP_NAME}\n{settings.SITE_URL}")

    page = client.get(link.removeprefix(settings.SITE_URL), follow=True)
    assert read(page).headings == ["Choose a new password"]
    assert read(page, "head").title.startswith("Choose a new password – ")
    assert read(page).field("Username") == "alice"
    form_url = page.redirect_chain[-1][0]
    new = {"new_password1": "another long secret", "new_password2": "another long secret"}
    client.post(form_url, new)

    assert (
        client.post("/", {"username": "alice", "password": new["new_password1"]}).status_code == 302
    )


def test_a_reset_for_an_unknown_address_says_the_same_and_mails_nothing(client, alice):
    known = client.post("/accounts/password_reset/", {"email": "alice@example.com"}, follow=True)
    mail.outbox.clear()
    unknown = client.post("/accounts/password_reset/", {"email": "x@example.com"}, follow=True)

    assert known.redirect_chain == unknown.redirect_chain
    assert not mail.outbox


def test_a_reset_link_that_was_used_or_invented_says_so(client, alice):
    page = client.get("/accounts/password_reset/MQ/invented-token/")

    assert page.status_code == 200
    assert read(page).headings == ["This link no longer works"]
    assert read(page, "head").title.startswith("This link no longer works – ")
    assert read(page).links == [("Send a new link", "/accounts/password_reset/")]
    assert read(page).fields == {}


def test_a_password_can_be_changed(as_alice, client):
    new = "another long secret"
    data = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    page = as_alice.post("/accounts/password_change/", data, follow=True)

    assert read(page).headings == ["Your password is changed"]
    assert client.post("/", {"username": "alice", "password": new}).status_code == 302


@pytest.mark.parametrize("url", ["/accounts/password_change/", "/accounts/delete/"])
def test_a_password_manager_is_told_whose_password_it_is(as_alice, url):
    assert read(as_alice.get(url)).field("Username") == "alice"


def test_the_profile_shows_who_is_logged_in(as_alice, alice):
    User.objects.update(date_joined=datetime(2026, 5, 3, tzinfo=UTC))
    page = read(as_alice.get("/accounts/profile/"))

    assert page.facts == {
        "Username": "alice",
        "E-mail": "alice@example.com",
        "Member since": "May 3, 2026",
    }
    assert page.part("time").element.get("datetime") == "2026-05-03"
    assert page.links == [
        ("My Orders", "/orders/"),
        ("Change password", "/accounts/password_change/"),
        ("Change e-mail address", "/accounts/email_change/"),
        ("Delete my account", "/accounts/delete/"),
    ]


def test_a_wrong_password_is_logged_without_saying_whose(client, alice, caplog):
    client.post("/accounts/login/", {"username": "alice", "password": "wrong"})

    assert "a login failed" in caplog.messages
    assert "alice" not in caplog.text


def test_a_changed_password_is_told_to_its_owner(as_alice, alice):
    data = {"old_password": PASSWORD, "new_password1": "another long secret"}
    as_alice.post("/accounts/password_change/", data)

    (message,) = mail.outbox
    assert message.to == ["alice@example.com"]
    assert "The password of your account" in message.body
