import sqlite3
import tarfile
from argparse import ArgumentParser
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection

from accounts.models import User
from orders.backups import DATABASE, UPLOADS, run_postgres


class Command(BaseCommand):
    help = "Bring back what `backup` wrote; then run migrate, and reconcile_stripe --since 30d."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--replace", action="store_true", help="also where the database holds accounts"
        )

    def handle(self, *args: Any, file: Path, replace: bool, **options: Any) -> None:
        if not replace and holds_accounts():
            raise CommandError(
                "The database holds accounts, which the restore would replace: --replace does. "
                "Nothing was changed."
            )
        with TemporaryDirectory() as folder:
            try:
                with tarfile.open(file, "r:gz") as tar:
                    tar.extractall(folder, filter="data")
            except (OSError, EOFError, tarfile.TarError) as error:
                raise CommandError(f"{file} is no backup: {error}. Nothing was changed.") from error
            load(Path(folder, DATABASE))
        with tarfile.open(file, "r:gz") as tar:
            media = Path(settings.MEDIA_ROOT)
            for member in tar.getmembers():
                if member.isfile() and member.name.startswith(f"{UPLOADS}/"):
                    member.name = member.name.removeprefix(f"{UPLOADS}/")
                    tar.extract(member, media, filter="data")
        self.stdout.write(f"restored: {file}. Now: migrate, then reconcile_stripe --since 30d")


def holds_accounts() -> bool:
    try:
        return User.objects.exists()
    except DatabaseError:  # not migrated yet
        return False


def load(file: Path) -> None:
    if not file.exists():
        raise CommandError("The file holds no database. Nothing was changed.")
    if connection.vendor == "postgresql":
        run_postgres(
            *("pg_restore", "--clean", "--if-exists", "--no-owner", "--single-transaction"),
            str(file),
        )
        return
    connection.ensure_connection()
    backup = sqlite3.connect(file)
    try:
        backup.backup(connection.connection)
    finally:
        backup.close()
