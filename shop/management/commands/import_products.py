from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from shop.importing import import_products
from shop.product_csv import MOST_BYTES, Unreadable


class Command(BaseCommand):
    help = (
        "Create and update products from a CSV file, by SKU or else by slug: all of them, or none "
        "if any row is refused. The headings are those of the admin's export."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="only say what would be done")
        parser.add_argument("--user", help="who does it, for the history of each product")

    def handle(
        self, *args: Any, file: Path, dry_run: bool, user: str | None, **options: Any
    ) -> None:
        who = User.with_name(user).first() if user else None
        if user and not who:
            raise CommandError(f"Nobody here has the name {user}.")
        try:
            with file.open("rb") as opened:
                data = opened.read(MOST_BYTES + 1)
            report = import_products(data, who, dry_run=dry_run, progress=self.progress)
        except (OSError, Unreadable) as error:
            raise CommandError(f"Nothing was written. {error}") from error
        for row in report.rows:
            if row.outcome != "unchanged":
                words = [f"Line {row.line}: {row.name}, {row.outcome}", "; ".join(row.words)]
                self.stdout.write(": ".join(filter(None, words)))
        self.stdout.write(f"{report.summary}.")
        if report.refused:
            raise CommandError("Nothing was written: put right what was refused.")
        if dry_run:
            self.stdout.write("Nothing was written: this was a dry run.")

    def progress(self, done: int, of: int) -> None:
        """One line that counts up, on what is not the report."""
        if done == of or done % 50 == 0:
            self.stderr.write(f"\r{done} of {of}", ending="\n" if done == of else "")
            self.stderr.flush()
