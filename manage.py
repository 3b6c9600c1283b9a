#!/usr/bin/env python
"""The developers' door to the shop: DEBUG is on unless the environment or .env says otherwise."""

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
    # .env first, so that a DEBUG written there wins over the default of this door.
    load_dotenv(Path(__file__).resolve().parent / ".env")
    os.environ.setdefault("DEBUG", "true")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
