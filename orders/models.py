import secrets
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from shop.models import Product
from shop.payments import Event

if TYPE_CHECKING:
    from accounts.models import User

# No 0/O, 1/I/L or U/V: a number that can be read out on the telephone.
NUMBER_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
NUMBER_LENGTH = 8


def new_number() -> str:
    """A random order number; 30^8 of them, so that nobody can count or guess orders."""
    return "".join(secrets.choice(NUMBER_ALPHABET) for _ in range(NUMBER_LENGTH))


class OrderQuerySet(models.QuerySet["Order"]):
    def for_user(self, user: "User") -> "OrderQuerySet":
        return self.filter(user=user)


class Order(models.Model):
    """A paid purchase: a record, with Stripe's amounts, that is never edited."""

    number = models.CharField(max_length=NUMBER_LENGTH, unique=True, default=new_number)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="orders"
    )
    email = models.EmailField("e-mail", blank=True)
    stripe_session_id = models.CharField("Stripe session", max_length=255, unique=True)
    stripe_payment_intent_id = models.CharField(
        "Stripe payment", max_length=255, unique=True, null=True, default=None
    )
    currency = models.CharField(max_length=3)
    subtotal_cents = models.PositiveIntegerField("subtotal")
    discount_cents = models.PositiveIntegerField("discount", default=0)
    shipping_cents = models.PositiveIntegerField("shipping", default=0)
    tax_cents = models.PositiveIntegerField("tax", default=0)
    total_cents = models.PositiveIntegerField("total")
    shipping_name = models.CharField(max_length=255, blank=True)
    shipping_address = models.TextField(blank=True)
    paid_at = models.DateTimeField("paid")
    created_at = models.DateTimeField("recorded", default=timezone.now)
    needs_review = models.BooleanField(default=False)
    review_reason = models.TextField(blank=True)

    objects = OrderQuerySet.as_manager()

    class Meta:
        ordering = ["-paid_at", "-pk"]
        indexes = [models.Index(fields=["user", "-paid_at", "-id"], name="latest_of_a_shopper")]
        constraints = [
            models.CheckConstraint(
                condition=Q(needs_review=False) | ~Q(review_reason=""),
                name="a_review_has_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("orders:order", args=[self.number])


class OrderLine(models.Model):
    """A product at the name and price it was bought for."""

    order = models.ForeignKey(Order, models.CASCADE, related_name="lines")
    # PROTECT: a bought product is deactivated, not deleted. It is null where the product was
    # deleted between the checkout and the payment.
    product = models.ForeignKey(Product, models.PROTECT, null=True, related_name="+")
    product_name = models.CharField(max_length=150)
    unit_price_cents = models.PositiveIntegerField("unit price")
    quantity = models.PositiveIntegerField()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(quantity__gte=1), name="an_order_quantity_is_positive"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.product_name}"

    @property
    def total_cents(self) -> int:
        return self.unit_price_cents * self.quantity


class StripeEventQuerySet(models.QuerySet["StripeEvent"]):
    def is_new(self, event: Event) -> bool:
        """Remember the event; False if it was remembered before, by this or another process."""
        _, created = self.get_or_create(
            stripe_event_id=event.id, defaults={"type": event.type, "object_id": event.object_id}
        )
        return created


class StripeEvent(models.Model):
    """A webhook that was handled; its unique id makes a second delivery do nothing."""

    stripe_event_id = models.CharField(max_length=255, unique=True)
    type = models.CharField(max_length=100)
    object_id = models.CharField(max_length=255)
    received_at = models.DateTimeField(default=timezone.now)

    objects = StripeEventQuerySet.as_manager()

    class Meta:
        ordering = ["-received_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.type} {self.stripe_event_id}"
