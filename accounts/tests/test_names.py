"""Names and addresses are compared one way everywhere: case, width, letters that look alike."""

import pytest
from django.db import IntegrityError, transaction

from accounts.models import User
from accounts.names import give_keys, name_key
from accounts.throttle import LOGIN
from tests.pages import read
from tests.people import PASSWORD

pytestmark = pytest.mark.django_db

URL = "/accounts/register/"
CARLA = {"email": "carla@example.com", "password1": "a fine long secret"}
WIDE_ALICE = "".join(chr(ord(letter) + 0xFEE0) for letter in "alice")
TAKEN = "This username is taken, or looks like one that is. Choose another one."
IN_CYRILLIC = "\u0430\u0441\u0430"  # looks like "aca"


@pytest.mark.parametrize(
    ("typed", "existing"),
    [
        ("ALICE", "alice"),
        (WIDE_ALICE, "alice"),
        (IN_CYRILLIC, "aca"),
        ("\u0412\u041e\u0412", "bob"),  # in capitals: "BOB"
        ("a1ice", "alice"),
        ("PAUI", "paul"),
        ("adrnin", "admin"),
        ("b0b", "bob"),
        ("aca", IN_CYRILLIC),
        ("\u03bf\u03ba\u03b1", "\u043e\u043a\u0430"),  # Greek beside Cyrillic
        ("STRASSE", "stra\xdfe"),
    ],
)
def test_a_name_that_looks_like_another_one_is_refused_in_words(client, typed, existing):
    User.objects.create_user(existing, "other@example.com")
    page = client.post(URL, CARLA | {"username": typed})

    assert read(page).part(".notice-error").items == [TAKEN]
    assert User.objects.count() == 1


@pytest.mark.parametrize(
    "name",
    ["Сергей", "ольга", "王小明", "José", "Jürgen", "Ωμέγα", "ひろし", "김민준"],
)
def test_a_name_in_any_alphabet_is_welcome(client, name):
    for other in ("alice", "bob", "jose", "jurgen"):
        User.objects.create_user(other, f"{other}@example.com")
    client.post(URL, CARLA | {"username": name})

    assert User.objects.filter(username=name).exists()


def test_names_that_differ_are_kept_apart():
    names = [
        "alice",
        "alicia",
        "alice2",
        "al.ice",
        "al-ice",
        "al_ice",
        "jos\xe9",
        "jose",
        "王",
        "玉",
    ]

    assert len({name_key(name) for name in names}) == len(names)


def write_by_save():
    User(username="BOB", email="ALICE@example.com", shares_email=True).save()


def write_by_some_columns():
    user = User.objects.create_user("carla", "carla@example.com")
    user.username = "BOB"
    user.save(update_fields=["username"])


def write_many():
    User.objects.bulk_create([User(username="BOB", email="carla@example.com")])


def change_many():
    user = User.objects.create_user("carla", "carla@example.com")
    user.username = "BOB"
    User.objects.bulk_update([user], ["username"])


def change_by_a_query():
    carla = User.objects.create_user("carla", "carla@example.com")
    User.objects.filter(pk=carla.pk).update(username="BOB")


@pytest.mark.parametrize(
    "write", [write_by_save, write_by_some_columns, write_many, change_many, change_by_a_query]
)
def test_the_database_refuses_a_second_one_however_it_is_written(bob, write):
    with pytest.raises(IntegrityError, match=r"a_username_belongs|name_key"), transaction.atomic():
        write()


def test_a_changed_address_is_found_by_any_spelling(alice):
    User.objects.filter(pk=alice.pk).update(email="Alice@B\xfccher.example")

    assert User.with_email("alice@B\xdcCHER.example").get() == alice


def test_an_address_that_differs_only_in_case_beyond_ascii_is_a_second_account(client, alice):
    User.objects.filter(pk=alice.pk).update(email="alice@b\xfccher.example")
    client.post(URL, CARLA | {"username": "carla", "email": "ALICE@B\xdcCHER.EXAMPLE"})

    assert User.objects.get(username="carla").shares_email


def test_a_reset_is_mailed_to_the_address_that_the_account_has(client, alice, mailoutbox):
    User.objects.filter(pk=alice.pk).update(email="alice@b\xfccher.example")
    client.post("/accounts/password_reset/", {"email": "ALICE@B\xdcCHER.example"})

    assert [message.to for message in mailoutbox] == [["alice@b\xfccher.example"]]


@pytest.mark.parametrize("typed", ["ALICE", WIDE_ALICE, "Alice"])
def test_any_spelling_logs_in(client, alice, typed):
    client.post("/accounts/login/", {"username": typed, "password": PASSWORD})

    assert client.session["_auth_user_id"] == str(alice.pk)


def test_tries_of_all_spellings_are_counted_together(client, alice):
    spellings = ["alice", "ALICE", WIDE_ALICE, "a1ice", "\u0430lice"]
    for number in range(LOGIN.tries):
        wrong = {"username": spellings[number % len(spellings)], "password": "wrong"}
        assert client.post("/accounts/login/", wrong).status_code == 200

    right = {"username": "alice", "password": PASSWORD}
    assert client.post("/accounts/login/", right).status_code == 429


def as_an_older_version_wrote(*names: str) -> list[User]:
    """Accounts without keys, as the constraint of then allowed them."""
    made = [
        User.objects.create_user(f"u{n}", f"u{n}@example.com", PASSWORD) for n in range(len(names))
    ]
    for user, name in zip(made, names, strict=True):
        User.objects.filter(pk=user.pk).update(username=name, name_key=None, email_key=None)
    return made


def test_names_of_before_that_look_alike_are_told_and_log_in_each_by_its_own(client):
    first, second, third = as_an_older_version_wrote("aca", IN_CYRILLIC, "carla")
    told: list[str] = []
    assert give_keys(User.objects.all(), told.append) == 3
    assert give_keys(User.objects.all(), told.append) == 0

    assert told == [f"{IN_CYRILLIC} (beside aca)"]
    for user, name in ((first, "ACA"), (second, IN_CYRILLIC), (third, "CARLA")):
        client.logout()
        client.post("/accounts/login/", {"username": name, "password": PASSWORD})
        assert client.session["_auth_user_id"] == str(user.pk)


def test_addresses_of_before_that_are_one_belong_to_the_first(alice):
    (first, second) = as_an_older_version_wrote("paula", "petra")
    User.objects.filter(pk=first.pk).update(email="p@b\xfccher.example", email_key=None)
    User.objects.filter(pk=second.pk).update(email="P@B\xdcCHER.example", email_key=None)
    give_keys(User.objects.all(), print)

    assert User.with_email("p@b\xfccher.example").get() == first
    assert User.objects.get(pk=second.pk).shares_email


def test_a_name_that_was_kept_apart_stays_so_when_its_account_is_saved():
    _, second = as_an_older_version_wrote("aca", IN_CYRILLIC)
    give_keys(User.objects.all(), print)
    second = User.objects.get(pk=second.pk)
    second.first_name = "Ana"
    second.save()

    assert User.objects.get(pk=second.pk).first_name == "Ana"


def test_a_name_is_spelt_anew_by_its_owner(as_staff, alice):
    alice.username = "Alice"
    alice.full_clean(exclude=["password"])
    alice.save()

    assert User.with_name("alice").get() == alice


@pytest.mark.parametrize(
    ("typed", "told"),
    [("ACA", "A user with that username already exists."), (IN_CYRILLIC, TAKEN)],
)
def test_staff_read_that_a_name_is_taken(as_staff, typed, told):
    User.objects.create_user("aca", "aca@example.com")
    form = {"username": typed, "email": "x@example.com", "usable_password": "true"}
    new = {"password1": "another horse battery", "password2": "another horse battery"}
    page = as_staff.post("/admin/accounts/user/add/", form | new)

    assert read(page).part(".errorlist").text == told
