from django.db import migrations, transaction

from accounts.locking import lock
from shop.search import search_text

BATCH = 500


def add_stems(apps, schema_editor):
    """A few products at a time, so that shoppers and staff go on meanwhile."""
    Product = apps.get_model("shop", "Product")
    everything = Product.objects.order_by("pk")
    last = 0
    while keys := list(everything.filter(pk__gt=last).values_list("pk", flat=True)[:BATCH]):
        last = keys[-1]
        with transaction.atomic():
            # Locked before it is read: what staff write meanwhile is not overwritten.
            products = everything.filter(pk__in=lock(Product.objects.filter(pk__in=keys)))
            products = list(products.select_related("category"))
            for product in products:
                product.search_text = search_text(
                    *(product.name, product.variant_name, product.category.name),
                    *(product.description, product.details),
                )
            Product.objects.bulk_update(products, ["search_text"])


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('shop', '0013_stripe_customers'),
    ]

    operations = [migrations.RunPython(add_stems, migrations.RunPython.noop)]
