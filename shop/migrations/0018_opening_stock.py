from django.db import migrations, transaction
from django.db.models import Sum

from accounts.locking import lock

BATCH = 500


def open_the_books(apps, schema_editor):
    """A few products at a time, so that shoppers and staff go on meanwhile."""
    Product = apps.get_model("shop", "Product")
    StockMovement = apps.get_model("shop", "StockMovement")
    counted = Product.objects.filter(stock__isnull=False).order_by("pk")
    last = 0
    while keys := list(counted.filter(pk__gt=last).values_list("pk", flat=True)[:BATCH]):
        last = keys[-1]
        with transaction.atomic():
            products = counted.filter(pk__in=lock(Product.objects.filter(pk__in=keys)))
            # Written already by a run that was stopped, or by a checkout of the new version.
            known = StockMovement.objects.filter(product__in=keys).values_list("product")
            sums = dict(known.annotate(Sum("change")).order_by())
            StockMovement.objects.bulk_create(
                StockMovement(product=product, change=change, reason="count")
                for product in products
                if (change := product.stock - sums.get(product.pk, 0))
            )


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ("shop", "0017_stock_movements"),
    ]

    operations = [migrations.RunPython(open_the_books, migrations.RunPython.noop)]
