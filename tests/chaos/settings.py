"""The shop's own settings, with all that it writes in one temporary folder."""

import os
from pathlib import Path

from config.settings import *  # noqa: F403

FOLDER = Path(os.environ["CHAOS_FOLDER"])

MEDIA_ROOT = FOLDER / "media"
STRIPE_SIMULATOR_STORE = FOLDER / "stripe.sqlite3"
# Files, so that the mails of all processes can be counted.
EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = FOLDER / "mail"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
