import sys
from typing import Any

from django.core.management.base import BaseCommand

from orders.stripe_account import findings


class Command(BaseCommand):
    help = (
        "Ask Stripe whether key, webhook endpoint and settings fit this shop, and say what to do. "
        "Changes nothing. Exits with 1 when something is missing."
    )
    # It says itself what is wrong with the settings, and goes on.
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        marks = set()
        styles = {"ok": self.style.SUCCESS, "note": self.style.WARNING, "problem": self.style.ERROR}
        for mark, words in findings():
            marks.add(mark)
            self.stdout.write(f"{styles[mark](f'{mark}:'.ljust(8))} {words}")
        if "problem" in marks:
            sys.exit(1)
