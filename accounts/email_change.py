"""A new e-mail address counts once the link that was mailed to it was opened."""

import logging
import smtplib
from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.core.mail import EmailMultiAlternatives
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from django.urls import reverse

from accounts.models import User

logger = logging.getLogger(__name__)

SALT = "accounts.email_change"
LINK_LIFETIME = timedelta(days=1)


class LinkIsOver(Exception):
    """Invented, too old, used, of another account, or the address has gone to someone else."""


def send_link(user: User, new_email: str) -> bool:
    """Mail word of it to the old address, then the link to the new one; False if mail fails.

    The link names the old address too: it is over once the address has changed.
    """
    token = signing.dumps([user.pk, user.email, new_email], salt=SALT)
    link = settings.SITE_URL + reverse("accounts:email-change-confirm", args=[token])
    context = {
        "user": user,
        "new_email": new_email,
        "link": link,
        "site_url": settings.SITE_URL,
    }
    try:
        for address, name in ((user.email, "notice"), (new_email, "link")):
            message(f"accounts/email_change_{name}", address, context).send()
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
        user_id, old_email, new_email = signing.loads(token, salt=SALT, max_age=LINK_LIFETIME)
    except signing.BadSignature as error:
        raise LinkIsOver from error
    if user_id != user.pk:
        raise LinkIsOver
    if user.email == new_email:
        return
    try:
        with transaction.atomic():
            unchanged = User.objects.filter(pk=user.pk, email=old_email)
            if not unchanged.update(email=new_email):
                raise LinkIsOver
    except IntegrityError as error:
        raise LinkIsOver from error
