from datetime import timedelta

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

MOST_TRIES = 6


class RefusedAddressQuerySet(models.QuerySet["RefusedAddress"]):
    def now(self) -> "RefusedAddressQuerySet":
        """Those to which nothing is sent at the moment, or ever again."""
        return self.filter(Q(try_again_at=None) | Q(try_again_at__gt=timezone.now()))


class RefusedAddress(models.Model):
    """An address that the mail server refused, as it does when there is no such mailbox.

    It is tried again after 2, 4, 8 … hours, for it may have been the server's fault, and then no
    more: a shop that goes on for ever is taken for one that sends spam.
    """

    email = models.EmailField("e-mail", unique=True)
    tries = models.PositiveIntegerField(default=0)
    refused_at = models.DateTimeField(default=timezone.now)
    try_again_at = models.DateTimeField(null=True, default=None)

    objects = RefusedAddressQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "refused addresses"

    def __str__(self) -> str:
        return self.email

    @classmethod
    def note(cls, email: str) -> None:
        cls.objects.get_or_create(email=email)
        this, now = cls.objects.filter(email=email), timezone.now()
        this.update(tries=F("tries") + 1, refused_at=now)
        tries = this.get().tries
        again = now + timedelta(hours=2**tries) if tries < MOST_TRIES else None
        this.update(try_again_at=again)
