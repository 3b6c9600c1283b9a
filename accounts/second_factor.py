"""A code besides the password, for staff: who is asked for one, and where codes come from.

A device is set up by whoever types a code: of the device so far, a recovery code, or a first code,
which a superuser gives out. The very first device comes from `manage.py add_device`. A password
alone leads to no device.
"""

import secrets
import time
from base64 import b32encode
from binascii import unhexlify
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.utils import timezone
from django_otp import verify_token
from django_otp.oath import TOTP
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.models import User
from accounts.notices import tell

DEVICE_DIGITS = 6
CODE_DIGITS = 10  # of recovery codes and first codes: digits too, as a phone shows only those keys
RECOVERY_CODES = 10
RECOVERY, FIRST = "recovery codes", "first code"
FIRST_CODE_LIFETIME = timedelta(days=1)


def is_asked_of(user: Any) -> bool:
    return settings.STAFF_SECOND_FACTOR and user.is_staff


def may_work(user: Any) -> bool:
    """Whether a code was typed in this session; a first code leads to a device and no further."""
    return may_set_up(user) and user.otp_device.name != FIRST


def may_set_up(user: Any) -> bool:
    return user.otp_device is not None


def device_for(user: User, code: str) -> TOTPDevice | StaticDevice | None:
    """Of which the code can be, by its length; it is not looked at yet."""
    if len(code) == DEVICE_DIGITS:
        return device_of(user)
    long_ago = timezone.now() - FIRST_CODE_LIFETIME
    codes = StaticDevice.objects.filter(user=user, name__in=(RECOVERY, FIRST))
    return codes.exclude(name=FIRST, created_at__lte=long_ago).first()


def device_of(user: User) -> TOTPDevice | None:
    return TOTPDevice.objects.filter(user=user, confirmed=True).first()


def codes_left(user: User) -> int:
    codes = StaticDevice.objects.filter(user=user, name=RECOVERY)
    return sum(device.token_set.count() for device in codes)


def seconds_to_wait(device: TOTPDevice | StaticDevice) -> float:
    """After wrong codes: one, then two, four and so on, whoever typed them and from wherever."""
    is_allowed, about = device.verify_is_allowed()
    return 0 if is_allowed else (about["locked_until"] - timezone.now()).total_seconds()


def use_up(user: User, device: TOTPDevice | StaticDevice, code: str) -> bool:
    """Whether it is right; then it never is again. Of two at once one is told so."""
    is_right = verify_token(user, device.persistent_id, code) is not None
    if is_right and device.name == RECOVERY:
        tell_owner(user, f"A recovery code was used; {codes_left(user)} are left.")
    return is_right


def step_of(key: str, code: str) -> int | None:
    """The half minute, counted from 1970, in which the key gives the code; None if not now."""
    totp = TOTP(unhexlify(key))
    totp.time = time.time()
    return totp.t() if totp.verify(int(code), tolerance=1) else None


def key_to_type(key: str) -> str:
    """For whoever cannot scan: as devices ask for it, in groups of four letters."""
    letters = b32encode(unhexlify(key)).decode()
    return " ".join(letters[at : at + 4] for at in range(0, len(letters), 4))


def set_up(user: User, key: str, last_step: int = -1) -> tuple[TOTPDevice, list[str]]:
    """Make it the only device of the account, and new recovery codes; what there was is over.

    Codes up to `last_step` have been typed, and count no more.
    """
    with transaction.atomic():
        take_away_all(user)
        device = TOTPDevice.objects.create(user=user, name="device", key=key, last_t=last_step)
        codes = give_codes(user, RECOVERY, RECOVERY_CODES)
    tell_owner(user, "A device was set up, and new recovery codes were made.")
    return device, codes


def new_recovery_codes(user: User) -> list[str]:
    """Those that there were are over, and so is what was opened with one of them."""
    with transaction.atomic():
        hold(user)
        StaticDevice.objects.filter(user=user).delete()
        codes = give_codes(user, RECOVERY, RECOVERY_CODES)
    tell_owner(user, "New recovery codes were made.")
    return codes


def reset(user: User) -> str:
    """Take device and codes away, and give a first code: for whoever is new, or lost both."""
    with transaction.atomic():
        take_away_all(user)
        (code,) = give_codes(user, FIRST, 1)
    tell_owner(user, "The device and its codes were taken away, so that a new one can be set up.")
    return code


def hold(user: User) -> None:
    """Of two who change devices and codes at once, the second one waits and takes over."""
    User.objects.select_for_update(no_key=True).get(pk=user.pk)


def take_away_all(user: User) -> None:
    hold(user)
    for model in (TOTPDevice, StaticDevice):
        model.objects.filter(user=user).delete()


def give_codes(user: User, name: str, number: int) -> list[str]:
    device = StaticDevice.objects.create(user=user, name=name)
    codes: set[str] = set()
    while len(codes) < number:
        codes.add(f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}")
    for code in codes:
        device.token_set.create(token=code)
    return [f"{code[:5]} {code[5:]}" for code in codes]


def tell_owner(user: User, what: str) -> None:
    tell("second_factor", user.email, user, what=what)


def write_history(user: User, what: str, by: User) -> None:
    LogEntry.objects.create(
        user_id=str(by.pk),
        content_type=ContentType.objects.get_for_model(User),
        object_id=str(user.pk),
        object_repr=str(user),
        action_flag=CHANGE,
        change_message=what,
    )
