"""What mails about an account say in HTML and in text, word for word."""

import pytest
from django.template.loader import render_to_string

from accounts.models import User
from tests.pages import read

HOME = "http://127.0.0.1:8000"
RESET = f"{HOME}/accounts/password_reset/"
LINK = f"{HOME}/link/"
NEW_PASSWORD = ("Set a new password", RESET)
ABOUT = {
    "site_url": HOME,
    "link": LINK,
    "new_email": "new@example.com",
    "what": "New recovery codes were made.",
    "uid": "MQ",
    "token": "one-two",
}

MAILS = {
    "email_change_link": (
        "Your e-mail address at Fieldhouse",
        "Open this link to use this address for your account at Fieldhouse: {} It works for one "
        "day. If you did not ask for it, do nothing: nothing changes.",
        ("Use this address", LINK),
    ),
    "email_change_notice": (
        "Your e-mail address at Fieldhouse",
        "Someone asked to use new@example.com for your account at Fieldhouse, instead of this "
        "address. It changes when the link that we sent there is opened. If that was not you, "
        "someone knows your password. Change it now, and nothing else will change: {}",
        NEW_PASSWORD,
    ),
    "notice_address_in_use": (
        "Your account",
        "Someone used this address at Fieldhouse, for another account. You already have one here: "
        "alice. If that was you, log in to it, or set a new password if you forgot the old one. If "
        "it was not, there is nothing to do: nobody can see your account. To set a new password: "
        "{}",
        NEW_PASSWORD,
    ),
    "notice_email_changed": (
        "Your e-mail address was changed",
        "Your account at Fieldhouse now has the address new@example.com, instead of this one. If "
        "that was not you, write to us at once: a new password is now sent there.",
        ("", HOME),
    ),
    "notice_password_changed": (
        "Your password was changed",
        "The password of your account at Fieldhouse was just changed. If that was not you, set a "
        "new one now: {}",
        NEW_PASSWORD,
    ),
    "notice_second_factor": (
        "How you log in has changed",
        "This was just done for your account at Fieldhouse: New recovery codes were made. If that "
        "was not you, tell whoever runs the shop at once, and set a new password: {}",
        NEW_PASSWORD,
    ),
    "password_reset_email": (
        "Set a new password for Fieldhouse",
        "Someone asked to set a new password for your account at Fieldhouse. Open this link to "
        "choose one: {} If that was not you, do nothing: your password stays as it is.",
        ("Choose a new password", f"{HOME}/accounts/password_reset/MQ/one-two/"),
    ),
}


@pytest.mark.parametrize("name", MAILS)
def test_a_mail_says_the_same_in_html_and_in_text(db, name):
    title, said, (button, target) = MAILS[name]
    about = ABOUT | {"user": User(username="alice"), "owner": User(username="alice")}
    html = render_to_string(f"accounts/{name}.html", about)
    text = render_to_string(f"accounts/{name}.txt", about)
    mail = read(html, "body")

    assert read(html, "title").text == title
    assert mail.text == f"Fieldhouse Hello alice, {said.format(button)} Fieldhouse {HOME}"
    assert mail.targets == {HOME, target}
    assert mail.part(".wordmark").text == "Fieldhouse"
    assert " ".join(text.split()) == f"Hello alice, {said.format(target)} Fieldhouse {HOME}"
