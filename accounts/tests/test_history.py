"""What staff did, and who it was, stays to be read whatever becomes of their accounts."""

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Group, Permission
from django.db.models import ProtectedError

from accounts.models import User
from tests.pages import read

USERS = "/admin/accounts/user/"


@pytest.fixture
def busy(alice) -> User:
    """Somebody who worked here, and has changed something."""
    LogEntry.objects.log_actions(str(alice.pk), [alice], CHANGE, "x", single_object=True)
    return alice


def test_an_account_with_a_history_is_not_deleted_and_staff_read_what_to_do(as_staff, busy):
    url = f"{USERS}{busy.pk}/delete/"
    page = as_staff.get(url)
    as_staff.post(url, {"post": "yes"})
    chosen = {"action": "delete_selected", "_selected_action": [busy.pk], "post": "yes"}
    as_staff.post(USERS, chosen)

    assert "Make the account inactive instead" in read(page).text
    assert User.objects.filter(pk=busy.pk).exists()
    assert LogEntry.objects.get().user == busy


def test_nor_does_its_owner_delete_it(as_alice, busy):
    answer = as_alice.post("/accounts/delete/", {"password": "correct horse battery"})

    assert answer.status_code == 403
    assert "to know who did what" in read(answer).paragraphs[0]


def test_nor_any_other_part_of_the_shop(busy):
    with pytest.raises(ProtectedError):
        busy.delete()


def test_a_permission_is_told_by_name_for_a_person_and_for_a_group(as_staff, alice):
    look = Permission.objects.get(codename="view_order")
    group = Group.objects.create(name="Packers")
    pages = {
        f"{USERS}{alice.pk}/change/": "user_permissions",
        f"/admin/auth/group/{group.pk}/change/": "permissions",
    }
    for url, field in pages.items():
        as_staff.post(url, read(as_staff.get(url)).sent | {field: [look.pk]})

    told = [entry.get_change_message() for entry in LogEntry.objects.order_by("pk")]
    assert told == [
        "Changed User permissions (added Orders | order | Can view order).",
        "Changed Permissions (added Orders | order | Can view order).",
    ]
