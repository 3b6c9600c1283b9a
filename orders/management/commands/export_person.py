import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from orders.personal_data import export_person, find_person


class Command(BaseCommand):
    help = "Print all that the shop stores about one person, as JSON."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("person", help="the username or the e-mail address")

    def handle(self, *args: Any, person: str, **options: Any) -> None:
        found = find_person(person)
        if not found:
            raise CommandError(f"Nobody here has the name or the address {person}.")
        self.stdout.write(json.dumps(export_person(found), indent=2, ensure_ascii=False))
