from urllib.parse import quote

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.db.models.signals import pre_save

from accounts.backends import username_of
from accounts.models import User
from tests.pages import read

URL = "/accounts/register/"
CARLA = {"username": "carla", "email": "carla@example.com", "password1": "a fine long secret"}


def test_registering_makes_an_account_and_logs_in(client, db):
    response = client.post(URL, CARLA, follow=True)

    assert response.redirect_chain == [("/home/", 302)]
    user = User.objects.get(username="carla")
    assert response.wsgi_request.user == user
    assert user.email == "carla@example.com"


def test_a_password_is_stored_hashed(client, db):
    client.post(URL, CARLA)

    user = User.objects.get(username="carla")
    assert CARLA["password1"] not in user.password
    assert user.check_password(CARLA["password1"])


@pytest.mark.parametrize("password", ["", "short", "12345678901", "password", "carla-carla"])
def test_a_weak_password_is_refused_and_the_rest_is_kept(client, db, password):
    data = CARLA | {"username": "carla-carla", "password1": password}
    response = client.post(URL, data)

    assert response.status_code == 200
    assert response.context["form"].errors["password1"]
    assert read(response).field("E-mail address") == "carla@example.com"
    assert not User.objects.exists()


@pytest.mark.parametrize("email", ["", "nonsense", "a@b", "x" * 300 + "@example.com"])
def test_an_address_that_is_none_is_refused(client, db, email):
    response = client.post(URL, CARLA | {"email": email})

    assert response.context["form"].errors["email"]
    assert not User.objects.exists()


def test_registering_with_an_address_in_use_says_the_same_and_its_owner_is_mailed(client, alice):
    response = client.post(URL, CARLA | {"email": "ALICE@example.com"}, follow=True)

    assert response.redirect_chain == [("/home/", 302)]
    assert response.wsgi_request.user.username == "carla"
    (message,) = mail.outbox
    assert message.to == ["alice@example.com"]
    assert "You already have one here: alice." in message.body


def test_an_address_logs_in_to_the_first_account_that_has_it(client, alice):
    client.post(URL, CARLA | {"email": "ALICE@example.com"})

    assert User.with_email("alice@example.com").get() == alice
    assert username_of("alice@example.com") == "alice"


@pytest.mark.parametrize(
    ("username", "taken"),
    [("\u0455taff", True), ("\u0441\u0435\u0440\u0433\u0435\u0439", False), ("jos\xe9", False)],
)
def test_a_username_has_the_letters_of_one_alphabet(client, db, username, taken):
    page = client.post(URL, CARLA | {"username": username})

    assert bool(page.context) == taken
    if taken:
        assert "letters of one alphabet" in read(page).part(".notice-error").text


def test_the_database_too_holds_an_address_to_one_account(alice):
    with (
        pytest.raises(IntegrityError, match=r"an_email_belongs_to_one_account|email_key"),
        transaction.atomic(),
    ):
        User.objects.create_user("alice2", "Alice@Example.com")


def test_the_database_too_holds_a_username_to_one_account(alice):
    with (
        pytest.raises(IntegrityError, match=r"a_username_belongs_to_one_account|name_key"),
        transaction.atomic(),
    ):
        User.objects.create_user("Alice", "alice2@example.com")


def test_a_username_is_taken_whatever_its_case(client, alice):
    response = client.post(URL, CARLA | {"username": "ALICE"})

    assert "This username is taken" in read(response).part(".notice-error").text


def test_a_username_is_taken_in_whichever_letters_it_is_written(client, db):
    User.objects.create_user("Fiona", "fiona@example.com")
    response = client.post(URL, CARLA | {"username": "\N{LATIN SMALL LIGATURE FI}ona"})

    assert "This username is taken" in read(response).part(".notice-error").text
    assert User.objects.count() == 1


def test_a_username_is_measured_as_it_is_stored(client, db):
    username = "\N{LATIN SMALL LIGATURE FFI}" * 60  # three letters each: more than fit
    response = client.post(URL, CARLA | {"username": username})

    assert response.context["form"].errors["username"]
    assert not User.objects.exists()


@pytest.mark.parametrize(
    "rival", [{"username": "carla"}, {"username": "Carla"}, {"email": "CARLA@example.com"}]
)
def test_who_registers_a_moment_too_late_is_told_so(client, db, rival):
    values = {"username": "rival", "email": "rival@example.com"} | rival

    def be_faster(**kwargs):
        User.objects.bulk_create([User(**values)])

    pre_save.connect(be_faster, sender=User)
    try:
        page = client.post(URL, CARLA)
    finally:
        pre_save.disconnect(be_faster, sender=User)

    assert page.status_code == 200
    assert "This account was just created." in read(page).part(".notice-error").text
    assert "_auth_user_id" not in client.session


def test_a_username_with_a_nul_is_refused(client, db):
    response = client.post(URL, CARLA | {"username": "car\0la"})

    assert response.status_code == 200
    assert not User.objects.exists()


def test_next_survives_registration(client, mug):
    page = client.get(URL, {"next": mug.get_absolute_url()})
    assert read(page).sent["next"] == mug.get_absolute_url()

    response = client.post(URL, CARLA | {"next": mug.get_absolute_url()})
    assert response.url == mug.get_absolute_url()


def test_the_login_page_hands_next_on_to_registration(client, mug):
    page = client.get(mug.get_absolute_url(), follow=True)

    register = f"/accounts/register/?next={quote(mug.get_absolute_url(), safe='')}"
    assert read(page).link("Create an account") == register
    log_in = f"/accounts/login/?next={quote(mug.get_absolute_url(), safe='')}"
    assert read(client.get(register)).link("Log in") == log_in
    assert read(client.get("/accounts/register/")).link("Log in") == "/accounts/login/"


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "///evil.example",
        "javascript:alert(1)",
        "https:evil.example",
        "\thttps://evil.example",
        "/%0d%0a//evil.example\r\n",
        "http://testserver@evil.example/",
    ],
)
@pytest.mark.parametrize("url", [URL, "/accounts/login/", "/"])
def test_next_never_leads_to_another_site(client, alice, url, elsewhere):
    data = CARLA | {"password": "correct horse battery", "next": elsewhere}
    if url != URL:
        data["username"] = "alice"
    response = client.post(url, data)

    assert response.status_code == 302
    assert response.url.startswith("/")
    assert response.url[1:2] not in ("/", "\\")


def test_whoever_is_logged_in_needs_no_second_account(as_alice):
    assert as_alice.get(URL).url == "/home/"
