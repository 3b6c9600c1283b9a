"""A mail server that is away now and then, until the run says that it is well."""

import random
import smtplib
from collections.abc import Sequence

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.filebased import EmailBackend

SHARE_REFUSED = 0.1
WELL = "mail-server-is-well"


class UnsteadyBackend(EmailBackend):
    """Files, so that the mails of all processes can be counted."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        is_well = (settings.FOLDER / WELL).exists()
        if not is_well and random.random() < SHARE_REFUSED:
            raise smtplib.SMTPServerDisconnected("the mail server is away")
        return int(super().send_messages(email_messages) or 0)


def be_well() -> None:
    (settings.FOLDER / WELL).touch()
