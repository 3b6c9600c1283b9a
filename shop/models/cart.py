from django.conf import settings
from django.db import models
from django.db.models import Q

from shop.models.catalogue import MAX_QUANTITY, Product


class CartItem(models.Model):
    """What a shopper means to buy; it belongs to the account, so it is there on every device."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="cart_items")
    product = models.ForeignKey(Product, models.CASCADE, related_name="+")
    quantity = models.PositiveIntegerField()
    # What the shopper last saw: a change since then is said, and never charged silently.
    price_seen_cents = models.PositiveIntegerField()
    added_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["added_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["user", "product"], name="a_product_is_in_a_cart_once"),
            models.CheckConstraint(
                condition=Q(quantity__gte=1, quantity__lte=MAX_QUANTITY),
                name="a_cart_quantity_is_within_the_limit",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.product}"

    @property
    def left(self) -> int:
        """What can be had of it now: all of it, or as many as are left."""
        return min(self.quantity, self.product.most)

    @property
    def total_cents(self) -> int:
        return self.product.current_price_cents * self.left

    @property
    def is_available(self) -> bool:
        return self.product.is_available

    @property
    def is_repriced(self) -> bool:
        return self.price_seen_cents != self.product.current_price_cents
