"""What `manage.py backup` and `restore` share."""

import os
import subprocess

from django.core.management.base import CommandError
from django.db import connection
from django.db.backends.postgresql.client import DatabaseClient

DATABASE, UPLOADS = "database", "uploads"


def run_postgres(program: str, *arguments: str) -> None:
    """One of PostgreSQL's own, on the shop's database; the password is in its environment."""
    client, environment = DatabaseClient.settings_to_cmd_args_env(connection.settings_dict, [])
    *address, name = client[1:]
    everything = os.environ | (environment or {})
    command = [program, *address, f"--dbname={name}", *arguments]
    try:
        done = subprocess.run(command, env=everything, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise CommandError(f"{program} is not installed: install postgresql-client.") from error
    if done.returncode:
        raise CommandError(f"{program} failed: {done.stderr.strip()}")
