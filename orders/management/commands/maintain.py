from datetime import timedelta
from typing import Any

from django.contrib.sessions.models import Session
from django.core.management.base import BaseCommand
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.locking import lock
from accounts.models import Tries, User
from accounts.names import give_keys
from orders.models import Run, StripeEvent
from orders.personal_data import forget_old_checkouts
from shop.models import CartItem

# Stripe repeats an event for three days, and tells of it for thirty.
EVENTS_FOR = timedelta(days=90)
CARTS_FOR = timedelta(days=180)
A_TIME = 500


class Command(BaseCommand):
    help = "Delete what nobody needs any more. Safe while the shop is open; run it daily."

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        old: dict[str, QuerySet[Any]] = {
            "sessions": Session.objects.filter(expire_date__lt=now),
            "counts of tries": Tries.objects.filter(ends_at__lt=now),
            "events": StripeEvent.objects.filter(
                handled_at__isnull=False, received_at__lt=now - EVENTS_FOR
            ),
            "lines of carts": CartItem.objects.filter(added_at__lt=now - CARTS_FOR),
        }
        deleted = [f"{delete(rows)} {what}" for what, rows in old.items()]
        forgotten = forget_old_checkouts()
        give_keys(User.objects.all(), lambda apart: self.stderr.write(f"a name kept: {apart}"))
        Run.note("maintain", failures=0)
        self.stdout.write(
            f"deleted: {', '.join(deleted)}; took the buyer out of {forgotten} old checkouts"
        )


def delete(rows: QuerySet[Any]) -> int:
    """A few at a time: a page that needs one of them waits for a moment, not for all."""
    count = 0
    while keys := list(rows.order_by("pk").values_list("pk", flat=True)[:A_TIME]):
        with transaction.atomic():
            these = rows.filter(pk__in=keys)
            lock(these)
            count += these.delete()[0]
    return count
