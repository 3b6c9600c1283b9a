import re
import sys
from argparse import ArgumentParser, ArgumentTypeError
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from orders.models import Order, Run
from orders.reconcile import reconcile
from shop.models import Checkout
from shop.payments import WrongStripe


def duration(text: str) -> timedelta:
    """3d, 12h or 30m."""
    found = re.fullmatch(r"([0-9]{1,4})([dhm])", text)
    if not found:
        raise ArgumentTypeError(f"{text!r}: write days, hours or minutes like 3d, 12h or 30m")
    unit = {"d": "days", "h": "hours", "m": "minutes"}[found[2]]
    return timedelta(**{unit: int(found[1])})


class Command(BaseCommand):
    help = (
        "Ask Stripe about everything that may have been missed, and repair it. Safe to repeat; "
        "run it from cron every few minutes. Exits with 1 when something needs a person."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--since", type=duration, default="3d", help="how far back (default 3d)"
        )
        parser.add_argument("--dry-run", action="store_true", help="say what it would look at")

    def handle(self, *args: Any, since: timedelta, dry_run: bool, **options: Any) -> None:
        progress = self.show_progress if sys.stderr.isatty() else None
        try:
            report = reconcile(timezone.now() - since, dry_run=dry_run, progress=progress)
        except WrongStripe as error:
            raise CommandError(str(error)) from error
        if not dry_run:
            Run.note("reconcile_stripe", report.failures)
        waiting = sum(
            model.objects.filter(needs_review=True).count() for model in (Order, Checkout)
        )
        done = ", ".join(f"{count} {what}" for what, count in report.repaired.items() if count)
        self.stdout.write(
            f"{'would look at' if dry_run else 'repaired'}: {done or 'nothing'}; "
            f"failed: {report.failures}; for review: {waiting}"
        )
        if report.failures or waiting:
            sys.exit(1)

    def show_progress(self, what: str, done: int, total: int) -> None:
        bar = "#" * (30 * done // total)
        self.stderr.write(f"\r{what:<17} [{bar:<30}] {done}/{total}", ending="")
        if done == total:
            self.stderr.write("")
