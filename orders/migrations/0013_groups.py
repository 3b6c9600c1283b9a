"""Four groups to begin with, each with no more than its work needs.

A group of the same name that is there already stays as the shop has made it.
"""

from django.apps import apps as real_apps
from django.contrib.auth.management import create_permissions
from django.db import migrations

CATALOGUE = (
    *("view_category", "add_category", "change_category", "delete_category"),
    *("view_family", "add_family", "change_family", "delete_family"),
    *("view_product", "add_product", "change_product", "delete_product"),
    *("view_productpicture", "add_productpicture"),
    *("change_productpicture", "delete_productpicture"),
)
PACKING = ("view_order", "change_order")
SUPPORT = (
    *PACKING,
    *("add_refund", "correct_order", "view_user", "export_person"),
    *("view_checkout", "view_savedproduct", "view_backinstockrequest"),
)
MANAGEMENT = (
    *CATALOGUE,
    *SUPPORT,
    *("export_order", "resolve_order", "view_turnover", "change_checkout"),
    *("view_stripeevent", "change_stripeevent"),
    *("view_shop", "change_shop"),
    *("view_page", "add_page", "change_page", "delete_page"),
    *("view_deliveryoption", "add_deliveryoption"),
    *("change_deliveryoption", "delete_deliveryoption"),
    *("add_user", "change_user", "erase_person", "view_group"),
)
GROUPS = {
    "Manager": MANAGEMENT,
    "Packer": PACKING,
    "Support": SUPPORT,
    "Catalogue editor": CATALOGUE,
}


def make_groups(apps, schema_editor):
    for label in ("auth", "accounts", "shop", "orders"):
        # In a new database they would only be made after the last migration.
        create_permissions(real_apps.get_app_config(label), verbosity=0, apps=apps)
    Group = apps.get_model("auth", "Group")
    Permission = apps.get_model("auth", "Permission")
    ours = Permission.objects.filter(
        content_type__app_label__in=("auth", "accounts", "shop", "orders")
    )
    for name, codenames in GROUPS.items():
        group, is_new = Group.objects.get_or_create(name=name)
        if is_new:
            group.permissions.set(ours.filter(codename__in=codenames))


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0012_permissions_of_their_own"),
        ("shop", "0014_search_by_stems"),
        ("accounts", "0005_personal_data_permissions"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [migrations.RunPython(make_groups, migrations.RunPython.noop)]
