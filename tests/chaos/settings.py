"""The shop's own settings, with all that it writes in one temporary folder."""

import os
from pathlib import Path

from config.settings import *  # noqa: F403

FOLDER = Path(os.environ["CHAOS_FOLDER"])

MEDIA_ROOT = FOLDER / "media"
STRIPE_SIMULATOR_STORE = FOLDER / "stripe.sqlite3"
EMAIL_BACKEND = "tests.chaos.mail.UnsteadyBackend"
EMAIL_FILE_PATH = FOLDER / "mail"
STRIPE_PROMOTION_CODES = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
