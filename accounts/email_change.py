"""A new e-mail address counts once the link that was mailed to it was opened."""

import logging
import smtplib
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core import signing
from django.core.mail import EmailMultiAlternatives
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from django.urls import reverse

from accounts.background import let_go_of_the_database
from accounts.models import User
from accounts.notices import tell

logger = logging.getLogger(__name__)

SALT = "accounts.email_change"
LINK_LIFETIME = timedelta(days=1)


class LinkIsOver(Exception):
    """Invented, too old, used, of another account, or the address has gone to someone else."""


def send_link(user: User, new_email: str) -> bool:
    """Mail word of it to the old address, then the link to the new one; False if mail fails.

    The link is over once the address or the password has changed. An address that belongs to
    another account gets no link but word of that, and the page says the same.
    """
    token = signing.dumps([*state_of(user), new_email], salt=SALT)
    link = settings.SITE_URL + reverse("accounts:email-change-confirm", args=[token])
    owner = User.with_email(new_email).exclude(pk=user.pk).first()
    context: dict[str, object] = {
        "user": user,
        "owner": owner,
        "new_email": new_email,
        "link": link,
        "site_url": settings.SITE_URL,
    }
    try:
        word = "accounts/notice_address_in_use" if owner else "accounts/email_change_link"
        messages = [
            message("accounts/email_change_notice", user.email, context),
            message(word, owner.email if owner else new_email, context),
        ]
        let_go_of_the_database()
        for written in messages:
            written.send()
    except (OSError, smtplib.SMTPException) as error:
        logger.warning("mail about a new address not sent: %s", type(error).__name__)
        return False
    # Templates, headers and encodings fail in a dozen ways; the words could hold an address.
    except Exception as error:
        logger.error("mail about a new address not written: %s", type(error).__name__)
        return False
    return True


def message(template: str, address: str, context: dict[str, object]) -> EmailMultiAlternatives:
    subject = render_to_string("accounts/email_change_subject.txt", context).strip()
    written = EmailMultiAlternatives(
        subject, render_to_string(f"{template}.txt", context), to=[address]
    )
    written.attach_alternative(render_to_string(f"{template}.html", context), "text/html")
    return written


def confirm(user: User, token: str) -> None:
    """Make the address of the link the user's; doing it again changes nothing.

    Raises LinkIsOver.
    """
    try:
        *state, new_email = signing.loads(token, salt=SALT, max_age=LINK_LIFETIME)
    except (signing.BadSignature, ValueError) as error:
        raise LinkIsOver from error
    now, old_email = state_of(user), user.email
    if user.email == new_email and state == [now[0], now[1] - 1, now[2]]:
        return  # the second half of a double click
    if state != now:
        raise LinkIsOver
    changes = user.email_changes
    try:
        with transaction.atomic():
            unchanged = User.objects.filter(pk=user.pk, email_changes=changes)
            if not unchanged.update(email=new_email, email_changes=changes + 1, shares_email=False):
                raise LinkIsOver
    except IntegrityError as error:
        raise LinkIsOver from error
    tell("email_changed", old_email, user, new_email=new_email)


def state_of(user: User) -> list[Any]:
    """What a link depends on: whose it is, and neither address nor password changed since."""
    return [user.pk, user.email_changes, user.get_session_auth_hash()[:16]]
