from django.db import DatabaseError, migrations, transaction

EXTENSION = "CREATE EXTENSION IF NOT EXISTS pg_trgm"
INDEX = (
    "CREATE INDEX IF NOT EXISTS shop_product_search ON shop_product "
    "USING gin (search_text gin_trgm_ops)"
)


def add_index(apps, schema_editor):
    """Only PostgreSQL can index a part of a word, and only with an extension of its own."""
    if schema_editor.connection.vendor != "postgresql":
        return
    try:
        with transaction.atomic(using=schema_editor.connection.alias):
            schema_editor.execute(EXTENSION)
            schema_editor.execute(INDEX)
    except DatabaseError as error:  # not allowed, or not installed: search is only slower
        print(f"\n  Search goes on without its index: {str(error).splitlines()[0]}.")
        print(f"  A superuser of the database can add it: {EXTENSION}; {INDEX};")


def remove_index(apps, schema_editor):
    """The extension stays: others may use it."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX IF EXISTS shop_product_search")


class Migration(migrations.Migration):

    dependencies = [
        ('shop', '0003_checkout_session_params'),
    ]

    operations = [migrations.RunPython(add_index, remove_index)]
