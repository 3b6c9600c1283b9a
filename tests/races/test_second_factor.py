"""Codes of staff: each opens one session, and an account has one device."""

from functools import partial

import pytest
from django_otp.models import Device
from django_otp.oath import TOTP
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice, default_key

from accounts import second_factor
from accounts.models import User
from tests.people import logged_in
from tests.races.conftest import at_once

pytestmark = pytest.mark.django_db(transaction=True)
KINDS = ["device", "recovery code"]


@pytest.fixture
def type_twice(staff, settings):
    """One code of this kind in two browsers at once; what they are answered."""
    settings.STAFF_SECOND_FACTOR = True
    device, codes = second_factor.set_up(staff, default_key())

    def type_twice(kind: str) -> list[int]:
        code = codes[0] if kind != "device" else f"{TOTP(device.bin_key).token():06}"
        browsers = [logged_in(staff), logged_in(staff)]
        # From two places: tries from one wait for each other where they are counted.
        posts = [
            partial(browser.post, "/accounts/code/", {"code": code}, REMOTE_ADDR=place)
            for browser, place in zip(browsers, ("8.8.8.8", "9.9.9.9"), strict=True)
        ]
        pages = at_once(*posts)
        return sorted(page.status_code for page in pages)

    return type_twice


@pytest.mark.parametrize("kind", KINDS)
def test_a_code_that_is_typed_twice_at_once_opens_one_session(type_twice, kind):
    assert type_twice(kind) == [200, 302]


@pytest.mark.parametrize("kind", KINDS)
def test_control_without_the_lock_it_would_open_both(type_twice, kind, monkeypatch, meet):
    def unlocked(user: User, device_id: str, code: str) -> object:
        device = Device.from_persistent_id(device_id)
        return device if device.verify_token(code) else None

    monkeypatch.setattr(second_factor, "verify_token", unlocked)
    if kind == "device":
        meet(TOTP, "verify", threads=2)
    else:
        meet(StaticToken, "delete", threads=2, after=False)
    assert type_twice(kind) == [302, 302]


def set_up_twice(user: User) -> int:
    """How many devices there are then."""
    at_once(*(partial(second_factor.set_up, user, key) for key in ("ab" * 20, "cd" * 20)))
    return TOTPDevice.objects.count()


def test_two_devices_that_are_set_up_at_once_leave_one(staff):
    assert set_up_twice(staff) == 1


def test_control_without_holding_the_account_both_would_count(staff, monkeypatch, meet):
    monkeypatch.setattr(second_factor, "hold", lambda user: None)
    meet(second_factor, "give_codes", threads=2, after=False)

    assert set_up_twice(staff) == 2
