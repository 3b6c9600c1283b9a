from django.db import migrations

from accounts.trigrams import trigram_index


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0016_indexes_of_staff_lists'),
    ]

    operations = [
        trigram_index(
            "orders_order_words",
            "orders_order",
            ["tracking_number", "email", "shipping_name", "shipping_address"],
        ),
        trigram_index("orders_orderline_words", "orders_orderline", ["product_name"]),
    ]
