import smtplib
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.utils import timezone

from accounts.models import User
from tests.pages import read
from tests.people import PASSWORD

URL = "/accounts/email_change/"
NEW = {"email": "new@example.com", "password": PASSWORD}


@pytest.fixture
def link(as_alice, settings):
    as_alice.post(URL, NEW)
    words = mail.outbox[-1].body.split()
    return next(word for word in words if URL in word).removeprefix(settings.SITE_URL)


def address_of(user):
    return User.objects.get(pk=user.pk).email


def test_a_link_goes_to_the_new_address_and_word_of_it_to_the_old_one(as_alice, alice, settings):
    page = as_alice.post(URL, NEW, follow=True)
    notice, link = mail.outbox

    assert page.redirect_chain == [("/accounts/profile/", 302)]
    assert read(page).notices[0].startswith("Open the link we sent to new@example.com")
    assert notice.to == ["alice@example.com"]
    for message in mail.outbox:
        signed = f"\n\n{settings.SHOP_NAME}\n{settings.SITE_URL}"
        assert message.body.startswith("Hello alice,\n")
        assert f"your account at {settings.SHOP_NAME}" in message.body
        assert message.body.rstrip().endswith(signed)
    assert "asked to use new@example.com for" in notice.body
    assert f"\n{settings.SITE_URL}/accounts/password_reset/\n" in notice.body
    assert URL not in notice.body
    assert link.to == ["new@example.com"]
    assert f"\n{settings.SITE_URL}{URL}" in link.body


def test_the_page_says_which_address_is_in_use(as_alice):
    page = read(as_alice.get(URL))

    assert page.paragraphs[0].startswith("Your address is alice@example.com.")
    assert page.link("Back to your profile") == "/accounts/profile/"


def test_the_new_address_counts_once_its_link_was_opened(as_alice, alice, link):
    assert address_of(alice) == "alice@example.com"

    page = as_alice.get(link, follow=True)

    assert address_of(alice) == "new@example.com"
    assert page.redirect_chain == [("/accounts/profile/", 302)]
    assert read(page).notices[1:] == ["Your new e-mail address is in use."]
    assert read(page).facts["E-mail"] == "new@example.com"


def test_whoever_opens_the_link_elsewhere_logs_in_first(client, alice, link):
    login_page = client.get(link, follow=True)
    assert address_of(alice) == "alice@example.com"

    data = {"username": "alice", "password": PASSWORD, "next": login_page.context["next"]}
    client.post("/accounts/login/", data, follow=True)
    assert address_of(alice) == "new@example.com"


def test_opening_the_link_twice_is_no_mistake(as_alice, alice, link):
    pages = [as_alice.get(link, follow=True) for _ in range(2)]

    assert [page.status_code for page in pages] == [200, 200]
    assert address_of(alice) == "new@example.com"


def test_an_old_link_does_nothing_and_says_so(as_alice, alice, link):
    with time_machine.travel(timezone.now() + timedelta(days=1, minutes=1), tick=False):
        as_alice.force_login(alice)
        page = as_alice.get(link)

    assert page.status_code == 404
    assert read(page).headings == ["This link does not work"]
    assert "Your address is still alice@example.com." in read(page).paragraphs[1]
    assert read(page).links == [("Send a new link", URL)]
    assert address_of(alice) == "alice@example.com"


def test_a_link_is_good_for_almost_a_day(as_alice, alice, link):
    with time_machine.travel(timezone.now() + timedelta(hours=23), tick=False):
        as_alice.force_login(alice)
        as_alice.get(link)

    assert address_of(alice) == "new@example.com"


@pytest.mark.parametrize("token", ["invented", "a:b:c", "WzEsIngiXQ:1abcde:xyz", "é"])
def test_an_invented_link_says_so(as_alice, token):
    page = as_alice.get(f"{URL}{token}/")

    assert page.status_code == 404
    assert read(page).headings == ["This link does not work"]


def test_a_link_is_of_use_only_to_the_account_that_asked(as_bob, alice, bob, link):
    assert as_bob.get(link).status_code == 404

    assert address_of(alice) == "alice@example.com"
    assert address_of(bob) == "bob@example.com"


def test_a_link_is_over_once_the_address_has_changed_otherwise(as_alice, alice, link):
    User.objects.filter(pk=alice.pk).update(email="other@example.com", email_changes=1)

    assert as_alice.get(link).status_code == 404
    assert address_of(alice) == "other@example.com"


def test_an_address_that_was_taken_meanwhile_stays_with_its_owner(as_alice, alice, bob, link):
    User.objects.filter(pk=bob.pk).update(email="NEW@example.com")
    page = as_alice.get(link)

    assert page.status_code == 404
    assert "Another account" in read(page).paragraphs[1]
    assert address_of(alice) == "alice@example.com"


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"email": ""}, "email", "Enter your new e-mail address."),
        ({"email": "nonsense"}, "email", "This is not an e-mail address."),
        ({"email": "alice@example.com"}, "email", "This is already your address."),
        ({"password": ""}, "password", "Enter your password."),
        ({"password": "wrong"}, "password", "This is not your password."),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_sent(as_alice, bob, change, field, words):
    page = as_alice.post(URL, NEW | change)

    assert page.status_code == 200
    assert words in page.context["form"].errors[field][0]
    assert not mail.outbox
    assert PASSWORD not in page.text


def test_an_address_in_use_is_not_told_but_its_owner_is(as_alice, alice, bob):
    page = as_alice.post(URL, NEW | {"email": "BOB@example.com"}, follow=True)
    notice, word = mail.outbox

    assert read(page).notices[0] == "Open the link we sent to BOB@example.com."
    assert (notice.to, word.to) == (["alice@example.com"], ["bob@example.com"])
    assert "You already have one here: bob." in word.body
    assert URL not in word.body


def test_a_changed_address_is_told_to_the_old_one(as_alice, link):
    mail.outbox.clear()
    as_alice.get(link)

    (message,) = mail.outbox
    assert message.to == ["alice@example.com"]
    assert "now has the address new@example.com" in message.body


def test_a_link_never_works_again_after_another_change(as_alice, alice, link):
    as_alice.get(link)
    User.objects.filter(pk=alice.pk).update(email="alice@example.com")

    assert as_alice.get(link).status_code == 404
    assert address_of(alice) == "alice@example.com"


def test_a_new_password_ends_a_link(as_alice, alice, link):
    alice.set_password("another long secret")
    alice.save()
    as_alice.force_login(alice)

    assert as_alice.get(link).status_code == 404


def test_the_own_address_may_be_written_otherwise(as_alice, alice):
    as_alice.post(URL, NEW | {"email": "Alice@Example.com"})

    assert mail.outbox[-1].to == ["Alice@Example.com"]


def test_mail_that_fails_is_said_and_nothing_changes(as_alice, alice, monkeypatch):
    def fail(*_):
        raise smtplib.SMTPServerDisconnected

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", fail)
    page = as_alice.post(URL, NEW)

    assert "The e-mail could not be sent." in read(page).part(".notice-error").text
    assert read(page).sent["email"] == "new@example.com"
    assert address_of(alice) == "alice@example.com"


def test_one_account_cannot_mail_strangers_all_day(as_alice):
    answers = [
        as_alice.post(URL, NEW | {"email": f"{number}@example.com"}).status_code
        for number in range(11)
    ]

    assert answers == [302] * 10 + [429]
    assert len(mail.outbox) == 20


def test_an_address_that_staff_change_ends_a_link_and_is_told(as_staff, as_alice, alice, link):
    mail.outbox.clear()
    url = f"/admin/accounts/user/{alice.pk}/change/"
    sent = {"username": "alice", "email": "other@example.com", "is_active": "on"}
    sent |= {"date_joined_0": "2026-05-04", "date_joined_1": "12:00:00"}
    assert as_staff.post(url, sent).status_code == 302

    assert address_of(alice) == "other@example.com"
    assert mail.outbox[0].to == ["alice@example.com"]
    assert as_alice.get(link).status_code == 404
