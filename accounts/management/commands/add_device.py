import io
import logging
from argparse import ArgumentParser
from typing import Any

import segno
from django.core.management.base import BaseCommand, CommandError
from django_otp.plugins.otp_totp.models import default_key

from accounts import second_factor
from accounts.backends import username_of
from accounts.models import User

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = (
        "Set up the device that makes codes for a member of staff, and print what it needs to know "
        "and the recovery codes. For the first one, and for whoever lost both."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username", help="the username or the e-mail address")
        parser.add_argument(
            "--replace", action="store_true", help="end the device and the codes that there are"
        )

    def handle(self, *args: Any, username: str, replace: bool, **options: Any) -> None:
        user = User.objects.filter(username=username_of(username)).first()
        if not user:
            raise CommandError(f"Nobody here has the name or the address {username}.")
        if not user.is_staff:
            raise CommandError(f"{user} is no member of staff: a device would open nothing.")
        if second_factor.device_of(user) and not replace:
            raise CommandError(f"{user} has a device. To end it, add --replace.")
        device, codes = second_factor.set_up(user, default_key())
        second_factor.write_history(user, "Device set up from the command line.", by=user)
        logger.warning("the command line set up a device")
        picture = io.StringIO()
        segno.make_qr(device.config_url, error="l").terminal(picture, compact=True)
        self.stdout.write(picture.getvalue())
        self.stdout.write(f"Scan this, or type the key: {second_factor.key_to_type(device.key)}")
        self.stdout.write(device.config_url)
        self.stdout.write("\nRecovery codes, each of which works once, without the device:")
        for code in codes:
            self.stdout.write(code)
