import uuid
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from shop.money import MAX_TOTAL_CENTS

MAX_QUANTITY = 99
# Stripe accepts 30 minutes to 24 hours; ten more leave room for the call that makes the session.
CHECKOUT_LIFETIME = timedelta(minutes=40)
# A shopper who is led back to an open Stripe page needs some minutes to fill it in.
REUSABLE_UNTIL = timedelta(minutes=5)


class Category(models.Model):
    name = models.CharField(max_length=60, unique=True)
    slug = models.SlugField(max_length=60, unique=True)

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "categories"

    def __str__(self) -> str:
        return self.name


class ProductQuerySet(models.QuerySet["Product"]):
    def active(self) -> "ProductQuerySet":
        return self.filter(is_active=True)


class Product(models.Model):
    """Something to buy. Once bought it is deactivated rather than deleted: orders point to it."""

    name = models.CharField(max_length=150)
    slug = models.SlugField(max_length=160, unique=True)
    category = models.ForeignKey(Category, models.PROTECT, related_name="products")
    description = models.TextField(blank=True, max_length=2000)
    price_cents = models.PositiveIntegerField("price")
    image = models.ImageField(upload_to="products/", blank=True)
    is_active = models.BooleanField(
        "active", default=True, help_text="Only active products show in the shop."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ProductQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(price_cents__gt=0, price_cents__lte=MAX_TOTAL_CENTS),
                name="a_price_is_positive_and_within_stripes_limit",
            ),
        ]
        indexes = [
            models.Index(
                fields=["-created_at", "-id"], condition=Q(is_active=True), name="newest_active"
            )
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("shop:product", args=[self.slug])


class Checkout(models.Model):
    """What a shopper is about to pay: written before the redirect to Stripe, never edited after.

    Only `status` and the session's id change: the Stripe call, its repetition under the same
    idempotency key, and the order are all made from this snapshot, whatever happens to the
    products meanwhile.
    """

    class Status(models.TextChoices):
        OPEN = "open"  # at Stripe's page, or on the way to it
        PROCESSING = "processing"  # confirmed there, the money is not here yet
        PAID = "paid"  # an order exists
        EXPIRED = "expired"  # ended without money

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="checkouts"
    )
    email = models.EmailField(blank=True)
    currency = models.CharField(max_length=3)
    total_cents = models.PositiveIntegerField("total")
    status = models.CharField(max_length=10, choices=Status, default=Status.OPEN)
    stripe_session_id = models.CharField(max_length=255, unique=True, null=True, default=None)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(status="open"), name="one_open_checkout_a_shopper"
            ),
            models.CheckConstraint(
                condition=Q(total_cents__gt=0), name="a_checkout_total_is_positive"
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    def is_for(self, lines: list["CheckoutLine"]) -> bool:
        """Whether these are the same products, names, prices and quantities."""
        return {line.contents for line in self.lines.all()} == {line.contents for line in lines}

    @property
    def has_time_left(self) -> bool:
        return self.expires_at - timezone.now() > REUSABLE_UNTIL

    def move_on(self, status: str) -> bool:
        """Change an open or processing checkout; False if it was neither: paid is never undone."""
        unfinished = [self.Status.OPEN, self.Status.PROCESSING]
        changed = Checkout.objects.filter(pk=self.pk, status__in=unfinished).update(status=status)
        if changed:
            self.status = status
        return bool(changed)


class CheckoutLine(models.Model):
    """A product as it was when the shopper pressed Buy."""

    checkout = models.ForeignKey(Checkout, models.CASCADE, related_name="lines")
    product = models.ForeignKey(Product, models.SET_NULL, null=True, related_name="+")
    product_name = models.CharField(max_length=150)
    unit_price_cents = models.PositiveIntegerField("unit price")
    quantity = models.PositiveIntegerField()
    image_url = models.URLField(max_length=2048, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(quantity__gte=1, quantity__lte=MAX_QUANTITY),
                name="a_checkout_quantity_is_within_the_limit",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.product_name}"

    @property
    def total_cents(self) -> int:
        return self.unit_price_cents * self.quantity

    @property
    def contents(self) -> tuple[Any, ...]:
        return (self.product_id, self.product_name, self.unit_price_cents, self.quantity)
