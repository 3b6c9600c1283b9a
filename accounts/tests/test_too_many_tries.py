"""Pages that someone sends too often: they say how long to wait, and keep what was typed."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client

from accounts import throttle
from accounts.models import Tries, User
from accounts.throttle import too_many
from tests.pages import read
from tests.people import PASSWORD

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
LOGIN_PAGES = ["/", "/accounts/login/", "/admin/login/"]


@pytest.fixture
def clock():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def log_in(client, url="/", username="alice", password="wrong", **headers):
    return client.post(url, {"username": username, "password": password}, **headers)


def fail_to_log_in(client, times, **options):
    for _ in range(times):
        assert log_in(client, **options).status_code == 200


def try_from_here(limit, times):
    for _ in range(times):
        assert too_many(limit, "127.0.0.1") == 0


@pytest.mark.parametrize("url", LOGIN_PAGES)
def test_after_ten_wrong_passwords_the_page_says_how_long_to_wait(client, staff, clock, url):
    fail_to_log_in(client, 10, url=url, username="staff")
    clock.shift(timedelta(minutes=3))
    page = log_in(client, url, "staff", PASSWORD)

    assert page.status_code == 429
    assert "Too many attempts. Wait 12 minutes and try again." in read(page).text
    assert read(page, "head").title.startswith("Error: ")
    assert read(page).sent["username"] == "staff"
    assert PASSWORD not in page.text


@pytest.mark.parametrize("url", LOGIN_PAGES)
def test_after_the_wait_the_right_password_is_let_in(client, staff, clock, url):
    fail_to_log_in(client, 10, url=url, username="staff")
    clock.shift(timedelta(minutes=15))

    assert log_in(client, url, "staff", PASSWORD).status_code == 302


def test_the_pages_to_log_in_count_together(client, staff):
    for url in [*LOGIN_PAGES, *LOGIN_PAGES, *LOGIN_PAGES, "/"]:
        log_in(client, url, "staff")

    assert {log_in(client, url, "staff").status_code for url in LOGIN_PAGES} == {429}


def test_a_name_is_the_same_in_capitals(client, alice):
    fail_to_log_in(client, 10, username="alice")

    assert log_in(client, username="ALICE ").status_code == 429


def test_a_name_is_the_same_in_whichever_letters_it_is_written(client, alice):
    full_width = "".join(chr(ord(letter) + 0xFEE0) for letter in "alice")
    assert log_in(client, username=full_width, password=PASSWORD).status_code == 302
    client.logout()
    fail_to_log_in(client, 10, username="alice")

    assert log_in(client, username=full_width, password=PASSWORD).status_code == 429


def test_a_success_starts_the_count_afresh(client, alice):
    fail_to_log_in(client, 9)
    assert log_in(client, password=PASSWORD).status_code == 302
    client.logout()

    fail_to_log_in(client, 10)


@pytest.mark.parametrize("url", LOGIN_PAGES)
def test_another_name_is_not_affected(client, alice, staff, url):
    fail_to_log_in(client, 10)

    assert log_in(client, url, "staff", PASSWORD).status_code == 302


def test_nobody_can_lock_someone_else_out(client, alice):
    fail_to_log_in(client, 10, REMOTE_ADDR="8.8.4.4")
    assert log_in(client, REMOTE_ADDR="8.8.4.4").status_code == 429

    assert log_in(client, password=PASSWORD, REMOTE_ADDR="9.9.9.9").status_code == 302


def test_one_address_cannot_try_many_names(client, db, clock):
    try_from_here(throttle.LOGIN_ADDRESS, 99)
    fail_to_log_in(client, 1, username="the hundredth")

    assert log_in(client, username="another").status_code == 429


def test_successes_do_not_count_for_a_shared_address(alice):
    try_from_here(throttle.LOGIN_ADDRESS, 99)
    for _ in range(3):
        assert log_in(Client(), password=PASSWORD).status_code == 302


def test_a_new_password_ends_the_wait(client, alice, mailoutbox):
    fail_to_log_in(client, 10)
    client.post("/accounts/password_reset/", {"email": alice.email})
    link = next(word for word in mailoutbox[0].body.split() if "password_reset" in word)
    form_url = client.get(link.partition("8000")[2], follow=True).redirect_chain[-1][0]
    client.post(form_url, {"new_password1": "another long secret"})

    assert log_in(client, password="another long secret").status_code == 302


def test_an_address_that_registers_all_the_time_waits_and_learns_nothing(client, alice, clock):
    url = "/accounts/register/"
    taken = {"username": "alice", "email": "ALICE@example.com", "password1": "x"}
    try_from_here(throttle.REGISTER_ADDRESS, 99)
    assert client.post(url, taken).status_code == 200
    page = client.post(url, taken)

    assert page.status_code == 429
    assert read(page).part(".notice-error").items == [
        "Too many attempts. Wait 60 minutes and try again."
    ]
    assert read(page).field("E-mail address") == "ALICE@example.com"
    assert User.objects.count() == 1


def test_a_mailbox_is_not_flooded_with_reset_links(client, alice, mailoutbox):
    for address in ("alice@example.com", "ALICE@example.com ") * 3:
        page = client.post("/accounts/password_reset/", {"email": address})

    assert page.status_code == 429
    (problem,) = read(page).part(".notice-error").items
    assert problem.startswith("Too many attempts.")
    assert len(mailoutbox) == 5


def test_nobody_uses_up_the_resets_of_someone_else(client, alice, mailoutbox):
    data = {"email": "alice@example.com"}
    for _ in range(6):
        client.post("/accounts/password_reset/", data, REMOTE_ADDR="8.8.8.8")
    client.post("/accounts/password_reset/", data, REMOTE_ADDR="8.8.4.4")

    assert len(mailoutbox) == 6


def test_resetting_is_refused_for_an_unknown_address_just_the_same(client, db):
    answers = [
        client.post("/accounts/password_reset/", {"email": "x@example.com"}).status_code
        for _ in range(6)
    ]

    assert answers == [302] * 5 + [429]


def test_one_address_cannot_ask_for_resets_of_everybody(client, db):
    url = "/accounts/password_reset/"
    try_from_here(throttle.RESET_ADDRESS, 49)
    assert client.post(url, {"email": "one@example.com"}).status_code == 302

    assert client.post(url, {"email": "another@example.com"}).status_code == 429


@pytest.mark.parametrize(
    ("url", "field"),
    [
        ("/accounts/delete/", "password"),
        ("/accounts/email_change/", "password"),
        ("/accounts/password_change/", "old_password"),
    ],
)
def test_the_password_cannot_be_guessed_from_a_session_left_open(as_alice, alice, url, field):
    data = {"email": "new@example.com", "new_password1": "another long secret"}
    for _ in range(10):
        assert as_alice.post(url, data | {field: "wrong"}).status_code == 200

    assert as_alice.post(url, data | {field: PASSWORD}).status_code == 429
    unchanged = User.objects.get(pk=alice.pk)
    assert unchanged.email == "alice@example.com"
    assert unchanged.check_password(PASSWORD)


def test_looking_at_a_form_is_not_a_try(client, db):
    for url in [*LOGIN_PAGES, "/accounts/register/", "/accounts/password_reset/"]:
        client.get(url)

    assert not Tries.objects.exists()


def test_whoever_is_refused_behind_a_balancer_that_writes_ports_locks_nobody_else_out(client, bob):
    behind = {"headers": {"X-Forwarded-For": "8.8.4.4:40001"}}
    for _ in range(throttle.LOGIN_ADDRESS.tries):
        too_many(throttle.LOGIN_ADDRESS, "8.8.4.4")

    assert log_in(client, **behind).status_code == 429
    elsewhere = {"headers": {"X-Forwarded-For": "8.8.8.8:40001"}}
    assert log_in(client, username="bob", password=PASSWORD, **elsewhere).status_code == 302
