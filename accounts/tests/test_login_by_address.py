"""The login takes the name of an account or its e-mail address."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.backends import username_of
from accounts.models import User
from accounts.throttle import LOGIN
from tests.pages import read
from tests.people import PASSWORD

pytestmark = pytest.mark.django_db


def log_in(client, name: str, password: str = PASSWORD):
    return client.post("/accounts/login/", {"username": name, "password": password})


@pytest.mark.parametrize("name", ["alice", "alice@example.com", "Alice@Example.COM", " alice "])
def test_either_leads_in(client, alice, name):
    assert log_in(client, name).url == "/home/"
    assert client.session["_auth_user_id"] == str(alice.pk)


@pytest.mark.parametrize("name", ["nobody@example.com", "alice@example", "@", "a@b@c"])
def test_an_address_of_nobody_leads_nowhere(client, alice, name):
    page = read(log_in(client, name))

    assert page.part(".notice-error").items == [
        "That name or address and the password don’t match. Check both and try again."
    ]
    assert page.field("Username or e-mail address") == name


def test_a_name_that_is_somebody_elses_address_does_not_lock_its_owner_out(client, alice):
    User.objects.create_user("alice@example.com", "mallory@example.com", PASSWORD + "!")

    assert log_in(client, "alice@example.com").url == "/home/"
    assert client.session["_auth_user_id"] == str(alice.pk)


def test_a_name_with_an_at_sign_still_leads_in(client, db):
    user = User.objects.create_user("ann@home", "ann@example.com", PASSWORD)
    log_in(client, "ann@home")

    assert client.session["_auth_user_id"] == str(user.pk)


def test_tries_by_name_and_by_address_are_counted_together(client, alice):
    for number in range(LOGIN.tries):
        log_in(client, ("alice", "alice@example.com")[number % 2], "wrong")

    assert log_in(client, "alice@example.com").status_code == 429
    assert log_in(client, "alice").status_code == 429


def test_staff_may_use_their_address_too(client, staff):
    form = {"username": "staff@example.com", "password": PASSWORD, "next": "/admin/"}

    assert client.post("/admin/login/", form).url == "/admin/"


@pytest.mark.skipif(connection.vendor != "sqlite", reason="reads the plans of SQLite")
def test_an_address_is_looked_up_by_its_index(alice):
    with CaptureQueriesContext(connection) as queries:
        assert username_of("ALICE@example.com") == "alice"
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {queries[0]['sql']}")
        plan = [row[-1] for row in cursor.fetchall()]

    assert [step for step in plan if "an_email_belongs_to_one_account" in step], plan
