"""With the switch on, staff come into the admin with a code of their device as well."""

import logging
import re
from base64 import b32decode
from datetime import UTC, datetime, timedelta
from io import StringIO
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.contrib.admin.models import LogEntry
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django_otp.oath import TOTP
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice
from segno import make_qr

from accounts import second_factor
from accounts.models import User
from orders.personal_data import Person, erase_person, export_person
from tests.pages import read
from tests.people import PASSWORD, clerk, logged_in
from tests.test_who_may_what import addresses

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
ADMIN, CODE, DEVICE = "/admin/", "/accounts/code/", "/accounts/device/"
NEW, QR, RECOVERY = f"{DEVICE}new/", f"{DEVICE}new/qr.svg", f"{DEVICE}recovery_codes/"
KEY = "3132333435363738393031323334353637383930"
HALF_MINUTE = timedelta(seconds=30)


@pytest.fixture(autouse=True)
def clock(settings):
    settings.STAFF_SECOND_FACTOR = True
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def codes(staff) -> list[str]:
    """Of the device that staff has: the recovery codes."""
    return second_factor.set_up(staff, KEY)[1]


@pytest.fixture
def verified(codes, as_staff) -> Client:
    assert type_code(as_staff, shown()).status_code == 302
    return as_staff


def shown(key: str = KEY, steps: int = 0) -> str:
    """What a device shows: now, or so many half minutes later."""
    return f"{TOTP(bytes.fromhex(key), drift=steps).token():06}"


def type_code(client: Client, code: str, next: str = "", **headers: str):
    return client.post(CODE, {"code": code, "next": next}, **headers)


def key_on(page) -> str:
    return b32decode(read(page).part(".device-key").text.replace(" ", "")).hex()


def errors(page) -> list[str]:
    return read(page).part(".notice-error").items


def is_in(client: Client) -> bool:
    return client.get(ADMIN).status_code == 200


# The door


def test_every_address_of_the_admin_leads_to_the_page_that_asks(as_staff, codes):
    special = {"view_on_site": [1, 1], "app_list": ["shop"]}
    for name, pattern in addresses().items():
        if name not in ("login", "logout"):
            arguments = special.get(name) or [1] * len(pattern.pattern.converters)
            url = reverse(f"admin:{name}", args=arguments)
            assert as_staff.get(url).headers["Location"].startswith(f"{CODE}?next=/admin/"), url
            assert as_staff.post(url).headers["Location"] == CODE, url


def test_the_admins_own_login_is_no_way_round(client, codes):
    form = {"username": "staff", "password": PASSWORD, "next": ADMIN}

    assert client.post("/admin/login/", form, follow=True).request["PATH_INFO"] == CODE
    assert client.get("/admin/login/", follow=True).request["PATH_INFO"] == CODE


def test_a_code_leads_to_the_page_that_was_asked_for(as_staff, codes):
    wanted = "/admin/shop/product/?q=mug"
    page = as_staff.get(wanted, follow=True)
    answer = type_code(as_staff, shown(), read(page).sent["next"])

    assert answer.headers["Location"] == wanted
    assert is_in(as_staff)


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", CODE, "x"])
def test_a_code_leads_nowhere_else(as_staff, codes, elsewhere):
    assert type_code(as_staff, shown(), next=elsewhere).headers["Location"] == ADMIN


def test_it_ends_with_the_session(verified, staff):
    verified.post("/accounts/logout/")
    verified.force_login(staff)

    assert not is_in(verified)


def test_a_new_password_ends_no_session_that_typed_a_code_but_all_others(verified, staff, clock):
    other = logged_in(staff)
    clock.shift(HALF_MINUTE)
    type_code(other, shown())
    form = {"old_password": PASSWORD, "new_password1": "a much better horse"}
    verified.post("/accounts/password_change/", form)

    assert is_in(verified)
    assert other.get(ADMIN).headers["Location"].startswith("/admin/login/")


def test_with_the_switch_off_nothing_is_asked_and_no_page_is_there(as_staff, codes, settings):
    settings.STAFF_SECOND_FACTOR = False

    assert is_in(as_staff)
    assert [as_staff.get(url).status_code for url in (CODE, DEVICE, NEW, QR, RECOVERY)] == [404] * 5
    assert "Device for codes" not in read(as_staff.get("/accounts/profile/")).text


def test_shoppers_have_none_of_the_pages(as_alice):
    assert [as_alice.get(url).status_code for url in (CODE, DEVICE, NEW, QR, RECOVERY)] == [404] * 5


def test_a_device_opens_nothing_to_whoever_no_longer_works_here(verified, staff):
    User.objects.update(is_staff=False)
    assert verified.get(ADMIN).headers["Location"].startswith("/admin/login/")
    assert verified.get(CODE).status_code == 404

    User.objects.update(is_staff=True, is_active=False)
    assert verified.get(ADMIN).headers["Location"].startswith("/admin/login/")


def test_a_shopper_is_asked_no_more_of_the_database_and_staff_one_thing(
    as_alice, verified, staff, mug, settings
):
    def asked(client: Client, url: str) -> int:
        client.get(url)
        with CaptureQueriesContext(connection) as queries:
            client.get(url)
        return len(queries)

    with_switch = asked(as_alice, "/home/"), asked(verified, ADMIN)
    settings.STAFF_SECOND_FACTOR = False
    without = asked(as_alice, "/home/"), asked(logged_in(staff), ADMIN)

    assert with_switch == (without[0], without[1] + 1)


# Codes


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_a_clock_may_be_half_a_minute_early_or_late(as_staff, codes, steps):
    assert type_code(as_staff, shown(steps=steps)).status_code == 302


@pytest.mark.parametrize("steps", [-2, 2])
def test_and_no_more(as_staff, codes, steps):
    assert type_code(as_staff, shown(steps=steps)).status_code == 200
    assert not is_in(as_staff)


def test_a_code_is_read_with_blanks_and_in_other_scripts(as_staff, codes):
    typed = shown().translate({ord(digit): "٠١٢٣٤٥٦٧٨٩"[int(digit)] for digit in "0123456789"})

    assert type_code(as_staff, f" {typed[:3]} {typed[3:]}\u200b").status_code == 302


@pytest.mark.parametrize("typed", ["12345", "1234567", "abcdef", "½½½½½½", "", "²²²²²²"])
def test_what_is_no_code_gets_words(as_staff, codes, typed):
    page = type_code(as_staff, typed)

    assert errors(page) == ["A code has 6 or 10 digits." if typed else "Enter your code."]


def test_a_code_works_once(verified, staff, clock):
    other = logged_in(staff)

    assert errors(type_code(other, shown()))[0].startswith("This code does not fit, or has been")
    assert not is_in(other)
    clock.shift(HALF_MINUTE)
    assert type_code(other, shown()).status_code == 302


def test_a_recovery_code_works_once_and_its_owner_hears_of_it(as_staff, staff, codes, clock):
    mail.outbox.clear()
    assert type_code(as_staff, codes[0].replace(" ", "-")).status_code == 302
    assert is_in(as_staff)
    assert mail.outbox[0].to == [staff.email]
    assert "A recovery code was used; 9 are left." in mail.outbox[0].body
    other = logged_in(staff)
    assert type_code(other, codes[0]).status_code == 200
    clock.shift(HALF_MINUTE)
    assert type_code(other, codes[1]).status_code == 302


def test_the_code_of_somebody_else_opens_nothing(codes, db):
    colleague = logged_in(clerk("view_order"))

    assert type_code(colleague, shown()).status_code == 200
    assert type_code(colleague, codes[0]).status_code == 200
    assert colleague.get(ADMIN).status_code == 302


def test_wrong_codes_have_to_wait_longer_and_longer_from_wherever(as_staff, codes, clock, staff):
    for wait in (1, 2, 4, 8, 16, 32):
        assert type_code(as_staff, "000000").status_code == 200
        page = type_code(logged_in(staff), shown(), REMOTE_ADDR="203.0.113.9")
        assert page.status_code == 429
        assert errors(page) == ["Too many attempts. Wait 1 minute and try again."]
        clock.shift(timedelta(seconds=wait))
    assert type_code(as_staff, shown()).status_code == 302


def test_wrong_codes_of_the_device_leave_the_recovery_codes(as_staff, codes):
    type_code(as_staff, "000000")

    assert type_code(as_staff, codes[0]).status_code == 302


def test_codes_of_no_device_are_counted_too(as_staff):
    for _ in range(10):
        assert type_code(as_staff, "000000").status_code == 200
    assert type_code(as_staff, "000000").status_code == 429


def test_the_second_half_of_a_double_click_is_let_in_as_well(as_staff, codes, monkeypatch):
    first = as_staff
    second = Client()
    second.cookies = first.cookies
    use_up = second_factor.use_up

    def other_half_first(*arguments):
        monkeypatch.setattr(second_factor, "use_up", use_up)
        assert type_code(first, shown(), next="/admin/shop/product/").status_code == 302
        return use_up(*arguments)

    monkeypatch.setattr(second_factor, "use_up", other_half_first)
    answer = type_code(second, shown(), next="/admin/shop/product/")

    assert answer.headers["Location"] == "/admin/shop/product/"


def test_the_log_says_what_happened_and_not_to_whom(as_staff, codes, clock, caplog):
    caplog.set_level(logging.INFO, "accounts")
    type_code(as_staff, "000000")
    clock.shift(timedelta(seconds=1))
    type_code(as_staff, shown())

    said = [r.getMessage() for r in caplog.records if r.name.startswith("accounts.second_factor")]
    assert said == ["a wrong code of staff", "staff typed a code: device"]


# Devices


def test_a_password_alone_leads_to_no_device(as_staff, staff):
    for url in (DEVICE, NEW, QR, RECOVERY):
        assert as_staff.get(url).headers["Location"] == f"{CODE}?next={url}"
        assert as_staff.post(url).status_code in (302, 405)
    as_staff.post(NEW, {"new_code": "000000"})

    assert not TOTPDevice.objects.exists()


def test_a_first_code_leads_to_a_device_and_nowhere_else(as_staff, staff, clock):
    code = second_factor.reset(staff)
    assert type_code(as_staff, code).headers["Location"] == NEW
    assert as_staff.get(ADMIN, follow=True).redirect_chain[-1] == (NEW, 302)
    assert as_staff.get(DEVICE, follow=True).redirect_chain[-1] == (NEW, 302)
    key = key_on(as_staff.get(NEW))
    page = as_staff.post(NEW, {"new_code": shown(key)})

    assert read(page).headings == ["Your recovery codes"]
    assert len(set(read(page).part(".recovery-codes").items)) == 10
    assert page.headers["Cache-Control"] == "no-store, private"
    assert is_in(as_staff)
    again = logged_in(staff)
    assert type_code(again, shown(key)).status_code == 200  # it was typed to confirm the device
    clock.shift(HALF_MINUTE)
    assert type_code(again, shown(key)).status_code == 302


def test_a_first_code_is_over_after_a_day(as_staff, staff, clock):
    code = second_factor.reset(staff)
    clock.shift(timedelta(days=1))

    assert type_code(as_staff, code).status_code == 200


def test_a_new_device_counts_once_it_has_shown_a_code(verified, clock):
    new = key_on(verified.get(NEW))
    clock.shift(HALF_MINUTE)
    page = verified.post(NEW, {"new_code": "000000", "code": shown()})
    assert errors(page)[0].startswith("This is not the code that the device should show now.")
    assert key_on(page) == new
    assert list(TOTPDevice.objects.values_list("key", flat=True)) == [KEY]
    # The code of the other one was not used up by that.
    verified.post(NEW, {"new_code": shown(new), "code": shown()})
    assert list(TOTPDevice.objects.values_list("key", flat=True)) == [new]


@pytest.mark.parametrize("code", ["", "000000"])
def test_a_device_is_replaced_with_a_code_of_it_only(verified, clock, code):
    new = key_on(verified.get(NEW))
    clock.shift(HALF_MINUTE)
    page = verified.post(NEW, {"new_code": shown(new), "code": code})

    assert len(errors(page)) == 1
    assert TOTPDevice.objects.get().key == KEY


def test_a_lost_device_is_replaced_by_recovery_codes(as_staff, staff, codes, clock):
    type_code(as_staff, codes[0])
    new = key_on(as_staff.get(NEW))
    as_staff.post(NEW, {"new_code": shown(new), "code": codes[1]})

    assert TOTPDevice.objects.get().key == new
    assert is_in(as_staff)


def test_a_replaced_device_ends_its_codes_and_what_they_opened(verified, staff, codes, clock):
    other = logged_in(staff)
    type_code(other, codes[0])
    assert is_in(other)
    new = key_on(verified.get(NEW))
    clock.shift(HALF_MINUTE)
    mail.outbox.clear()
    verified.post(NEW, {"new_code": shown(new), "code": shown()})

    assert is_in(verified)
    assert not is_in(other)
    assert type_code(other, codes[1]).status_code == 200
    assert "A device was set up" in mail.outbox[0].body
    clock.shift(HALF_MINUTE)
    assert type_code(other, shown(KEY)).status_code == 200


def test_setting_up_twice_at_once_makes_one_device(as_staff, staff):
    type_code(as_staff, second_factor.reset(staff))
    form = {"new_code": shown(key_on(as_staff.get(NEW)))}
    as_staff.post(NEW, form)
    page = as_staff.post(NEW, form, follow=True)

    assert page.redirect_chain == [(DEVICE, 302)]
    assert read(page).facts["Recovery codes"] == "10 left"
    assert TOTPDevice.objects.count() == 1


def test_staff_read_since_when_they_have_a_device_and_how_many_codes_are_left(verified):
    page = verified.get("/accounts/profile/")
    assert read(page).link("Device for codes") == DEVICE

    facts = read(verified.get(DEVICE)).facts
    assert facts == {"Set up": "May 4, 2026", "Recovery codes": "10 left"}


def test_a_shoppers_profile_knows_no_device(as_alice):
    assert "Device for codes" not in dict(read(as_alice.get("/accounts/profile/")).links)


def test_new_recovery_codes_end_the_old_ones(verified, staff, codes, clock):
    clock.shift(HALF_MINUTE)
    page = verified.post(RECOVERY, {"code": shown()})
    made = read(page).part(".recovery-codes").items

    assert len(made) == 10
    assert not set(made) & set(codes)
    assert is_in(verified)
    other = logged_in(staff)
    assert type_code(other, codes[0]).status_code == 200
    clock.shift(timedelta(seconds=1))
    assert type_code(other, made[0]).status_code == 302


def test_new_recovery_codes_ask_for_a_code(verified, codes):
    assert len(errors(verified.post(RECOVERY, {"code": "000000"}))) == 1
    assert second_factor.codes_left(User.objects.get()) == 10


def test_the_picture_is_of_our_own_and_holds_the_key_that_the_page_says(
    as_staff, staff, settings, monkeypatch
):
    settings.OTP_TOTP_ISSUER = "Müller & Söhne"
    type_code(as_staff, second_factor.reset(staff))
    assert as_staff.get(QR).status_code == 404  # nobody has begun
    page = as_staff.get(NEW)
    (picture,) = read(page).all("img")
    drawn = []
    monkeypatch.setattr("segno.make_qr", lambda text, **_: drawn.append(text) or make_qr(text))
    answer = as_staff.get(picture.get("src"))
    address = urlsplit(drawn[0])

    assert answer.headers["Content-Type"] == "image/svg+xml"
    assert answer.headers["Cache-Control"] == "no-store, private"
    assert answer.content.startswith(b"<?xml")
    assert (address.scheme, address.netloc) == ("otpauth", "totp")
    about = parse_qs(address.query)
    assert b32decode(about["secret"][0]).hex() == key_on(page)
    assert about["issuer"] == ["Müller & Söhne"]


def test_the_longest_names_still_fit_into_the_picture(as_staff, staff, settings):
    settings.OTP_TOTP_ISSUER = "書" * 40
    User.objects.update(username="書" * 150)
    type_code(as_staff, second_factor.reset(User.objects.get()))
    as_staff.get(NEW)

    assert as_staff.get(QR).status_code == 200


# Whoever lost both


def first_code_page(user: User) -> str:
    return reverse("admin:accounts_user_first_code", args=[user.pk])


def test_a_superuser_gives_a_colleague_a_first_code(verified, staff, caplog):
    colleague = clerk("view_order")
    second_factor.set_up(colleague, KEY)
    lost = logged_in(colleague)
    type_code(lost, shown(steps=1))
    assert is_in(lost)
    mail.outbox.clear()
    user_page = verified.get(f"/admin/accounts/user/{colleague.pk}/change/")
    url = read(user_page, "body").link("First code")
    page = verified.post(url)
    code = read(page).part("strong").text

    assert read(page).paragraphs == [
        f"The first code of clerk is {code}. It is not shown again.",
        "Tell it to clerk and nobody else, not by e-mail. It works once, within a day, after the "
        "password, and leads to the page on which a device is set up.",
    ]
    assert read(page).buttons == {}
    assert not is_in(lost)
    assert not TOTPDevice.objects.filter(user=colleague).exists()
    assert mail.outbox[0].to == [colleague.email]
    assert "The device and its codes were taken away" in mail.outbox[0].body
    entry = LogEntry.objects.get()
    assert (entry.user, entry.object_id) == (staff, str(colleague.pk))
    assert entry.change_message == "Device taken away, first code given."
    assert "a superuser gave a first code" in caplog.text
    assert type_code(lost, code).headers["Location"] == NEW


def test_looking_at_the_page_takes_nothing_away(verified):
    colleague = clerk("view_order")
    none_yet = read(verified.get(first_code_page(colleague)))
    second_factor.set_up(colleague, KEY)
    page = read(verified.get(first_code_page(colleague)))

    then = "With a first code clerk sets up a new one."
    assert none_yet.paragraphs[0] == f"clerk has no device yet. {then}"
    ends = "clerk has a device. It ends, and so do the recovery codes."
    assert page.paragraphs[0] == f"{ends} {then}"
    assert page.buttons == {"Make a first code": ""}
    way = read(verified.get(first_code_page(colleague)), ".breadcrumbs")
    assert way.link("clerk") == f"/admin/accounts/user/{colleague.pk}/change/"
    assert TOTPDevice.objects.filter(user=colleague).exists()


def test_nobody_but_a_superuser_gives_first_codes(staff, codes):
    manager = clerk("view_user", "change_user")
    second_factor.set_up(manager, KEY)
    client = logged_in(manager)
    type_code(client, shown())
    colleague = User.objects.create_user("c", "c@example.com", PASSWORD, is_staff=True)

    assert client.post(first_code_page(colleague)).status_code == 403
    user_page = client.get(f"/admin/accounts/user/{colleague.pk}/change/")
    assert "First code" not in read(user_page, "body").text


def test_a_superuser_changes_his_own_device_on_the_page_that_asks_for_a_code(verified, staff):
    assert verified.post(first_code_page(staff)).headers["Location"] == DEVICE
    assert TOTPDevice.objects.get().key == KEY


def test_there_is_no_first_code_for_shoppers_nor_with_the_switch_off(verified, alice, settings):
    assert verified.post(first_code_page(alice)).status_code == 404
    colleague = clerk("view_order")
    settings.STAFF_SECOND_FACTOR = False
    assert verified.post(first_code_page(colleague)).status_code == 404


def test_a_command_sets_up_the_first_device(as_staff, staff):
    told = StringIO()
    call_command("add_device", "staff@example.com", stdout=told)
    said = told.getvalue()
    device, codes = TOTPDevice.objects.get(), re.findall(r"^\d{5} \d{5}$", said, re.M)

    assert second_factor.key_to_type(device.key) in said
    assert device.config_url in said
    assert "█" in said or "▀" in said
    assert len(codes) == 10
    assert "A device was set up" in mail.outbox[0].body
    assert LogEntry.objects.get().change_message == "Device set up from the command line."
    assert type_code(as_staff, shown(device.key)).status_code == 302
    assert type_code(logged_in(staff), codes[0]).status_code == 302


def test_the_command_replaces_a_device_only_when_told(staff, codes):
    with pytest.raises(CommandError, match="add --replace"):
        call_command("add_device", "staff", stdout=StringIO())
    assert TOTPDevice.objects.get().key == KEY

    call_command("add_device", "staff", "--replace", stdout=StringIO())
    assert TOTPDevice.objects.get().key != KEY


def test_the_command_gives_no_device_to_strangers(alice):
    for name, words in {"nobody": "Nobody here", "alice": "no member of staff"}.items():
        with pytest.raises(CommandError, match=words):
            call_command("add_device", name, stdout=StringIO())


# What is stored


def test_an_export_says_that_there_is_a_device_and_not_its_secrets(staff, codes, clock):
    clock.shift(HALF_MINUTE)
    told = export_person(Person(staff, staff.email))

    assert told["account"]["device_for_codes"] == {
        "set_up": "2026-05-04T12:00:00+00:00",
        "last_used": None,
        "recovery_codes_left": 10,
    }
    assert KEY not in str(told)
    assert not any(code.replace(" ", "") in str(told) for code in codes)


def test_an_export_of_a_shopper_has_no_device(alice):
    assert export_person(Person(alice, alice.email))["account"]["device_for_codes"] is None


def test_an_erased_person_leaves_no_device(staff, codes):
    User.objects.update(is_staff=False, is_superuser=False)
    staff.refresh_from_db()
    erase_person(Person(staff, staff.email))

    assert not TOTPDevice.objects.exists()
    assert not StaticDevice.objects.exists()


def test_keys_and_codes_have_no_page_in_the_admin(verified):
    assert verified.get("/admin/otp_totp/totpdevice/").status_code == 404
    assert verified.get("/admin/otp_static/staticdevice/").status_code == 404
