from typing import Any

from django.core.management.base import BaseCommand

from shop.models import Product

BATCH = 500


class Command(BaseCommand):
    help = (
        "Write again what is searched of each product. Run it when LANGUAGE_CODE was changed: "
        "plurals are found in English and in that language. May be repeated."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """A few products at a time, so that shoppers and staff go on meanwhile."""
        last = refreshed = 0
        everything = Product.objects.order_by("pk").values_list("pk", flat=True)
        while keys := list(everything.filter(pk__gt=last)[:BATCH]):
            Product.objects.filter(pk__in=keys).gather_search_text()
            last, refreshed = keys[-1], refreshed + len(keys)
        self.stdout.write(f"Refreshed: {refreshed}.")
