import os
import sqlite3
import tarfile
from argparse import ArgumentParser
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from orders.backups import DATABASE, UPLOADS, run_postgres


class Command(BaseCommand):
    help = "Write database and uploads into one file. Safe while the shop is open."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="where to: a name that is not there yet")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        if file.exists():
            raise CommandError(f"{file} is there already. Nothing was written.")
        with TemporaryDirectory(dir=file.resolve().parent) as folder:
            database, archive = Path(folder, DATABASE), Path(folder, "archive")
            # The database first: what it names was uploaded before.
            dump(database)
            with tarfile.open(archive, "w:gz") as tar:
                tar.add(database, DATABASE)
                if not settings.MEDIA_S3_BUCKET and Path(settings.MEDIA_ROOT).exists():
                    tar.add(settings.MEDIA_ROOT, UPLOADS)
            archive.chmod(0o600)  # names and addresses of shoppers
            with archive.open("rb") as written:
                os.fsync(written.fileno())
            archive.rename(file)
        self.stdout.write(f"written: {file}, {file.stat().st_size} bytes")


def dump(file: Path) -> None:
    if connection.vendor == "postgresql":
        run_postgres("pg_dump", "--format=custom", f"--file={file}")
        return
    connection.ensure_connection()
    copy = sqlite3.connect(file)
    try:
        # SQLite's own way: a copy of the file lacks what is still in its log.
        connection.connection.backup(copy)
    finally:
        copy.close()
