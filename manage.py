#!/usr/bin/env python
"""The developers' door to the shop: DEBUG is on unless the environment or .env says otherwise.

Whoever has a SECRET_KEY deploys: there it is off, so that no command takes a shop for a toy.
"""

import os
import sys
from pathlib import Path


def main() -> None:
    try:
        from django.core.management import execute_from_command_line
        from dotenv import load_dotenv
    except ImportError as error:
        raise SystemExit(
            f"{error}. Activate the virtual environment and run: pip install -r requirements.txt"
        ) from error
    # .env first, so that what is written there wins over the default of this door.
    load_dotenv(Path(__file__).resolve().parent / ".env")
    if not os.environ.get("SECRET_KEY"):
        os.environ.setdefault("DEBUG", "true")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    refuse_another_shops_database()
    execute_from_command_line(sys.argv)


def refuse_another_shops_database() -> None:
    """Whatever the command: from cron, without the shop's environment, it would work on the real
    shop's data with simulated payments."""
    import django
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured
    from django.db import DatabaseError

    try:
        django.setup()
        from shop.which_stripe import wrong_stripe

        reason = wrong_stripe() if settings.STRIPE_SIMULATED else ""
    except (ImproperlyConfigured, DatabaseError):
        return  # no settings, database or tables: the command itself says what is missing
    if reason:
        raise SystemExit(reason)


if __name__ == "__main__":
    main()
