from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from shop.stripe_objects import Event


class StripeEventQuerySet(models.QuerySet["StripeEvent"]):
    def remember(self, event: Event) -> bool:
        """Note that the event is handled; False if it was, by this or another process.

        In the same transaction as its effect: neither is there without the other.
        """
        row = StripeEvent(stripe_event_id=event.id, **event_values(event))
        StripeEvent.objects.bulk_create([row], ignore_conflicts=True)
        # It is new, or failed before.
        unhandled = self.filter(stripe_event_id=event.id, handled_at=None)
        return bool(unhandled.update(handled_at=timezone.now(), error=""))

    def remember_failure(self, event: Event, error: Exception) -> None:
        """For staff: what could not be handled, and why. It waits for Stripe's next delivery."""
        values = event_values(event) | {"error": f"{type(error).__name__}: {error}"}
        row, created = self.get_or_create(stripe_event_id=event.id, defaults=values)
        if not created:
            self.filter(pk=row.pk, handled_at=None).update(error=values["error"])


def event_values(event: Event) -> dict[str, str]:
    return {
        "type": event.type,
        "object_id": event.object_id,
        "payment_intent_id": event.payment_intent_id,
    }


class StripeEvent(models.Model):
    """A webhook that came; its unique id makes a second delivery do nothing."""

    stripe_event_id = models.CharField(max_length=255, unique=True)
    type = models.CharField(max_length=100)
    object_id = models.CharField(max_length=255, db_index=True)
    payment_intent_id = models.CharField(max_length=255, blank=True)
    received_at = models.DateTimeField(default=timezone.now)
    handled_at = models.DateTimeField(null=True, default=None)
    error = models.TextField(blank=True)

    objects = StripeEventQuerySet.as_manager()

    class Meta:
        ordering = ["-received_at", "-pk"]
        indexes = [
            models.Index(fields=["-received_at", "-id"], name="latest_events"),
            models.Index(fields=["type", "-received_at", "-id"], name="latest_events_of_a_type"),
            models.Index(
                fields=["payment_intent_id"],
                condition=~Q(payment_intent_id=""),
                name="events_by_payment",
            ),
            models.Index(fields=["id"], condition=Q(handled_at=None), name="unhandled_events"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.stripe_event_id}"


class WebhookRefusal(models.Model):
    """How often, and when last, a delivery was turned away: two rows, whoever sends how many."""

    class Kind(models.TextChoices):
        SIGNATURE = "signature", "not signed with our secret"
        MODE = "mode", "of Stripe's other mode (test or live)"

    kind = models.CharField(max_length=20, unique=True, choices=Kind)
    count = models.PositiveBigIntegerField(default=0)
    last_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.get_kind_display()

    @classmethod
    def count_one(cls, kind: str) -> None:
        now = timezone.now()
        if not cls.objects.filter(kind=kind).update(count=F("count") + 1, last_at=now):
            cls.objects.get_or_create(kind=kind, defaults={"count": 1, "last_at": now})
