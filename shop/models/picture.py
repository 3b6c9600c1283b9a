from typing import Any

from django.db import models, transaction

from shop.fields import PictureField
from shop.models.catalogue import Product


class ProductPicture(models.Model):
    """One more picture of a product, after the one that lists show."""

    product = models.ForeignKey(Product, models.CASCADE, related_name="pictures")
    image = PictureField(upload_to="products/")
    alt_text = models.CharField(
        "what it shows", max_length=200, help_text="For those who do not see it."
    )
    position = models.PositiveSmallIntegerField(default=0, help_text="The lowest comes first.")

    class Meta:
        ordering = ["position", "pk"]
        verbose_name = "further picture"

    def __str__(self) -> str:
        return self.alt_text

    def save(self, **options: Any) -> None:
        with self.image.only_with_its_row(), transaction.atomic():
            super().save(**options)
