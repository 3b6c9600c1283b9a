from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.template.defaultfilters import pluralize

from orders.personal_data import KEPT, HasToWait, erase_person, find_person


class Command(BaseCommand):
    help = "Erase one person, keeping what accounts have to keep. It cannot be undone."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("person", help="the username or the e-mail address")
        parser.add_argument("--noinput", action="store_true", help="do not ask before")

    def handle(self, *args: Any, person: str, noinput: bool, **options: Any) -> None:
        found = find_person(person)
        if not found:
            raise CommandError(f"Nobody here has the name or the address {person}.")
        if not noinput and input(f"Kept: {KEPT}\nType {person} to erase: ") != person:
            raise CommandError("Not erased.")
        try:
            erased = erase_person(found)
        except HasToWait as error:
            raise CommandError(f"Not erased. {error}") from error
        orders, checkouts = erased
        self.stdout.write(
            f"Erased, also from {orders} order{pluralize(orders)} and "
            f"{checkouts} checkout{pluralize(checkouts)}. "
            f"The customer at Stripe goes when reconcile_stripe runs.\nKept: {KEPT}"
        )
