"""People, for tests to which as_alice, as_bob, as_staff and as_clerk are not enough."""

from django.contrib.auth.models import Permission
from django.test import Client
from django_otp import DEVICE_ID_SESSION_KEY
from django_otp.plugins.otp_totp.models import default_key

from accounts import second_factor
from accounts.models import User
from shop.models import Shop

PASSWORD = "correct horse battery"


def logged_in(user: User) -> Client:
    """One more browser, in which this user is logged in."""
    # After tests that empty the database the first page would make its row, by questions that
    # others count.
    Shop.load()
    client = Client()
    client.force_login(user)
    return client


def with_code(user: User) -> Client:
    """One more browser, in which someone who works here has typed a code as well."""
    device, _codes = second_factor.set_up(user, default_key())
    client = logged_in(user)
    session = client.session
    session[DEVICE_ID_SESSION_KEY] = device.persistent_id
    session.save()
    return client


def clerk(*permissions: str) -> User:
    """Someone who works here and may do what these permissions allow, and nothing else."""
    user = User.objects.create_user("clerk", "clerk@example.com", PASSWORD, is_staff=True)
    found = Permission.objects.filter(codename__in=permissions)
    assert {permission.codename for permission in found} == set(permissions)
    user.user_permissions.set(found)
    return user
