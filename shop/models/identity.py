import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q


class Shop(models.Model):
    """One row: this shop, whatever its address is or becomes."""

    # By which Stripe's metadata tells our sessions from those of others on the same account.
    stripe_key = models.UUIDField(default=uuid.uuid4, editable=False)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="there_is_one_shop")]

    def __str__(self) -> str:
        return settings.SHOP_NAME

    @classmethod
    def key(cls) -> str:
        shop, _ = cls.objects.get_or_create(pk=1)
        return str(shop.stripe_key)
