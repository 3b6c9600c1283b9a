"""Word to the owner of an account of what somebody did with it, or with the address."""

import logging
from functools import partial

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from accounts.background import do_soon, let_go_of_the_database
from accounts.models import User

logger = logging.getLogger(__name__)


def tell(name: str, address: str, user: User, **about: object) -> None:
    """Mail the notice `name` without keeping anybody waiting; a failure is a line in the log."""
    if address:
        context = about | {"user": user, "site_url": settings.SITE_URL}
        do_soon(partial(send, f"accounts/notice_{name}", address, context))


def send(template: str, address: str, context: dict[str, object]) -> None:
    try:
        subject = render_to_string("accounts/notice_subject.txt", context)
        text = render_to_string(f"{template}.txt", context)
        message = EmailMultiAlternatives(" ".join(subject.split()), text, to=[address])
        html = render_to_string(f"{template}.html", context)
        message.attach_alternative(html, "text/html")
        let_go_of_the_database()
        message.send()
    # Mail servers, templates and headers fail in a dozen ways; the words could hold an address.
    except Exception as error:
        logger.error("notice %s not sent: %s", template, type(error).__name__)
