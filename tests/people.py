"""People, for tests to which as_alice, as_bob, as_staff and as_clerk are not enough."""

from django.contrib.auth.models import Permission
from django.test import Client

from accounts.models import User

PASSWORD = "correct horse battery"


def logged_in(user: User) -> Client:
    """One more browser, in which this user is logged in."""
    client = Client()
    client.force_login(user)
    return client


def clerk(*permissions: str) -> User:
    """Someone who works here and may do what these permissions allow, and nothing else."""
    user = User.objects.create_user("clerk", "clerk@example.com", PASSWORD, is_staff=True)
    found = Permission.objects.filter(codename__in=permissions)
    assert {permission.codename for permission in found} == set(permissions)
    user.user_permissions.set(found)
    return user
