import uuid
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q, Sum
from django.utils import timezone

from accounts.locking import lock
from shop.models.catalogue import OutOfStock, Product
from shop.models.checkout import Checkout


class StockMoved(Exception):
    """The stock is another than whoever counted had seen; `now` says which."""

    def __init__(self, now: int | None) -> None:
        super().__init__(f"the stock is {now} now")
        self.now = now


class StockMovement(models.Model):
    """Why a product's stock went up or down. The rows of a product always add up to its stock, and
    to nothing where it is not counted: each is written in the transaction that changes the stock.
    """

    class Reason(models.TextChoices):
        DELIVERY = "delivery"
        RETURN = "return", "Returned"
        DAMAGE = "damage", "Damaged or lost"
        COUNT = "count", "Counted"
        CORRECTION = "correction"
        HELD = "held", "Held by a checkout"
        RELEASED = "released", "Checkout ended"
        SALE = "sale", "Sold"

    # Made with the form, so that a double click moves once.
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    product = models.ForeignKey(Product, models.CASCADE, related_name="stock_movements")
    change = models.IntegerField()
    reason = models.CharField(max_length=10, choices=Reason)
    checkout = models.ForeignKey(
        Checkout, models.SET_NULL, null=True, default=None, related_name="stock_movements"
    )
    order_number = models.CharField(max_length=20, blank=True, default="")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, default=None, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["product", "-created_at", "-id"], name="latest_movements")]
        constraints = [
            models.CheckConstraint(condition=~Q(change=0), name="a_movement_moves_something")
        ]

    def __str__(self) -> str:
        return f"{self.change:+d} × {self.product}, {self.get_reason_display()}"

    def make(self) -> bool:
        """Change the stock by it; False if it was made before, or nobody counts the product.

        Raises OutOfStock, changing nothing, where it would take more than there is.
        """
        with transaction.atomic():
            lock(Product.objects.filter(pk=self.product_id))
            product = Product.objects.get(pk=self.product_id)
            if product.stock is None or StockMovement.objects.filter(pk=self.pk).exists():
                return False
            if product.stock + self.change < 0:
                raise OutOfStock(product, product.stock)
            self.add_up(product)
            Product.objects.filter(pk=product.pk).update(stock=F("stock") + self.change)
            self.save()
        return True

    @classmethod
    def count(cls, product: Product, counted: int | None, seen: int | None, **about: Any) -> bool:
        """Make it the stock, None to count no more; False if it was so already.

        Raises StockMoved, changing nothing, where the stock is not the one that was `seen`.
        """
        with transaction.atomic():
            lock(Product.objects.filter(pk=product.pk))
            found = Product.objects.get(pk=product.pk)
            if found.stock == counted:
                return False  # also the second half of a double click
            if found.stock != seen:
                raise StockMoved(found.stock)
            cls.add_up(found)
            Product.objects.filter(pk=found.pk).update(stock=counted)
            cls.note_difference(found, found.stock, counted, reason=cls.Reason.COUNT, **about)
            found.stock = counted
            found.count_holds()
        return True

    @classmethod
    def add_up(cls, product: Product) -> None:
        """Note what an older version of the shop moved during an upgrade: it wrote no rows."""
        known = product.stock_movements.aggregate(total=Sum("change"))["total"]
        cls.note_difference(product, known, product.stock, reason=cls.Reason.CORRECTION)

    @classmethod
    def note_difference(
        cls, product: Product, before: int | None, after: int | None, **about: Any
    ) -> None:
        """The row of a stock that was just written; call it in the same transaction."""
        if change := (after or 0) - (before or 0):
            cls.objects.create(product=product, change=change, **about)
