"""Nobody makes anybody more than he is, nor takes over somebody who is more."""

import pytest
from django.contrib.auth.models import Group, Permission

from accounts.models import User
from tests.pages import read, told
from tests.people import PASSWORD, clerk, logged_in

USERS = "/admin/accounts/user/"
OWN = ("view_user", "change_user", "delete_user", "view_group", "change_group", "view_order")


@pytest.fixture
def boss(db) -> User:
    """May change users and groups, and see orders."""
    return clerk(*OWN)


@pytest.fixture
def colleague(db) -> User:
    """May refund, which the boss may not."""
    user = User.objects.create_user("rosa", "rosa@example.com", PASSWORD, is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="add_refund"))
    return user


def group(name: str, *codenames: str) -> Group:
    made = Group.objects.create(name=name)
    made.permissions.set(Permission.objects.filter(codename__in=codenames))
    return made


def save(client, user, **changed):
    """The user's page, sent as it is shown but for what is changed."""
    url = f"{USERS}{user.pk}/change/"
    page = read(client.get(url))
    as_shown = {
        name: value
        for name, value in page.sent.items()
        if name not in ("groups", "user_permissions", "is_superuser", "is_staff")
    }
    kept = {"is_active": "on"} | ({"is_staff": "on"} if user.is_staff else {})
    return client.post(url, as_shown | kept | changed)


@pytest.mark.parametrize("whom", ["alice", "himself"])
def test_nobody_gives_a_permission_that_he_has_not(boss, alice, whom):
    user = boss if whom == "himself" else alice
    refunding = Permission.objects.get(codename="add_refund")
    page = save(logged_in(boss), user, user_permissions=[refunding.pk])

    assert page.status_code == 200
    assert not User.objects.get(pk=user.pk).has_perm("orders.add_refund")


@pytest.mark.parametrize("whom", ["alice", "himself"])
def test_nobody_puts_anybody_into_a_group_that_may_more(boss, alice, whom):
    user = boss if whom == "himself" else alice
    refunders = group("Refunders", "view_order", "add_refund")
    assert save(logged_in(boss), user, groups=[refunders.pk]).status_code == 200

    assert not user.groups.exists()


@pytest.mark.parametrize("whom", ["alice", "himself"])
def test_nobody_but_a_superuser_makes_a_superuser(boss, alice, whom):
    user = boss if whom == "himself" else alice
    save(logged_in(boss), user, is_superuser="on", first_name="Ada")

    user.refresh_from_db()
    assert (user.first_name, user.is_superuser) == ("Ada", False)


def test_one_gives_what_one_has(boss, alice):
    lookers = group("Lookers", "view_order")
    save(logged_in(boss), alice, groups=[lookers.pk], is_staff="on")

    assert User.objects.get(pk=alice.pk).has_perm("orders.view_order")


@pytest.mark.parametrize("what", ["superuser", "permission", "group", "switched off"])
def test_somebody_who_is_more_stays_as_he_is(boss, colleague, what):
    if what == "superuser":
        User.objects.filter(pk=colleague.pk).update(is_superuser=True)
    if what == "group":
        colleague.user_permissions.clear()
        colleague.groups.add(group("Refunders", "add_refund"))
    if what == "switched off":
        User.objects.filter(pk=colleague.pk).update(is_active=False)
    colleague.refresh_from_db()
    client = logged_in(boss)
    new = {"password1": "another horse battery", "password2": "another horse battery"}
    changed = {"username": "rosa", "email": "boss@example.com", "is_active": "on"}

    assert client.post(f"{USERS}{colleague.pk}/change/", changed).status_code == 403
    assert client.post(f"{USERS}{colleague.pk}/password/", new).status_code == 403
    assert client.post(f"{USERS}{colleague.pk}/delete/", {"post": "yes"}).status_code == 403
    selected = {"action": "delete_selected", "_selected_action": [colleague.pk], "post": "yes"}
    assert client.post(USERS, selected).status_code == 403
    now = User.objects.get(pk=colleague.pk)
    assert (now.email, now.password) == ("rosa@example.com", colleague.password)


def test_one_sets_the_password_of_somebody_who_is_no_more(boss, alice):
    new = {"password1": "another horse battery", "password2": "another horse battery"}
    page = logged_in(boss).post(f"{USERS}{alice.pk}/password/", new, follow=True)

    assert told(page) == ["Password changed successfully."]


def test_nobody_makes_the_own_group_more_than_he_is(boss):
    own = group("Own", "view_order")
    boss.groups.add(own)
    refunding = Permission.objects.get(codename="add_refund")
    changed = {"name": "Own", "permissions": [refunding.pk]}
    page = logged_in(boss).post(f"/admin/auth/group/{own.pk}/change/", changed)

    assert page.status_code == 200
    assert not own.permissions.filter(pk=refunding.pk).exists()


def test_a_group_that_may_more_stays_as_it_is(boss):
    refunders = group("Refunders", "add_refund")
    url = f"/admin/auth/group/{refunders.pk}/change/"

    assert logged_in(boss).post(url, {"name": "Refunders"}).status_code == 403
    assert refunders.permissions.exists()


def test_a_superuser_gives_everything(as_staff, alice):
    save(as_staff, alice, is_superuser="on")

    assert User.objects.get(pk=alice.pk).is_superuser
