from django.conf import settings
from django.db import models
from django.db.models import F, Q

from shop.models.catalogue import Product


class SavedProduct(models.Model):
    """What a shopper would like to have, but not now; it stands below the cart."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_products"
    )
    product = models.ForeignKey(Product, models.CASCADE, related_name="saved")
    created_at = models.DateTimeField("saved at", auto_now_add=True)

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["user", "product"], name="a_product_is_saved_once")
        ]
        indexes = [models.Index(fields=["-created_at", "-id"], name="latest_saved")]

    def __str__(self) -> str:
        return f"{self.product}, saved by {self.user}"


class BackInStockQuerySet(models.QuerySet["BackInStockRequest"]):
    def due(self) -> "BackInStockQuerySet":
        """Those whose product can be bought now, and whose shopper mails can reach.

        The longest untried first: a mail that fails again and again keeps no other waiting.
        """
        in_stock = Q(product__is_active=True) & ~Q(product__stock=0)
        reachable = Q(user__is_active=True) & ~Q(user__email="")
        return self.filter(in_stock, reachable).order_by(
            F("claimed_at").asc(nulls_first=True), "created_at"
        )


class BackInStockRequest(models.Model):
    """A shopper asked to be told when a product can be bought again.

    The row is the note that a mail is due as soon as it can; it is deleted when the mail was sent.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="back_in_stock_requests"
    )
    product = models.ForeignKey(Product, models.CASCADE, related_name="back_in_stock_requests")
    created_at = models.DateTimeField("asked at", auto_now_add=True)
    # When a process last took on the mail.
    claimed_at = models.DateTimeField("last tried at", null=True, default=None, editable=False)

    objects = BackInStockQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "pk"]
        verbose_name = "back-in-stock request"
        constraints = [
            models.UniqueConstraint(
                fields=["user", "product"], name="a_shopper_waits_for_a_product_once"
            )
        ]
        indexes = [
            models.Index(fields=["claimed_at", "created_at"], name="who_waits"),
            models.Index(fields=["created_at", "id"], name="who_waits_longest"),
        ]

    def __str__(self) -> str:
        return f"{self.user} waits for {self.product}"
