from django.core.management.base import CommandError
from django.db import migrations, models
from django.db.models.functions import Lower

MOST_NAMES = 50


def refuse_twins(apps, schema_editor):
    """The constraint alone would fail without saying whose names have to change."""
    users = apps.get_model("accounts", "User").objects.using(schema_editor.connection.alias)
    names = users.annotate(lower=Lower("username")).order_by("lower", "pk")
    shared = names.values("lower").order_by("lower").annotate(n=models.Count("pk")).filter(n__gt=1)
    twins = list(names.filter(lower__in=shared.values("lower")).values_list("username", flat=True))
    if twins:
        more = f" and {len(twins) - MOST_NAMES} more" if len(twins) > MOST_NAMES else ""
        raise CommandError(
            "Some user names differ only in capitals, which is one name from now on: "
            f"{', '.join(twins[:MOST_NAMES])}{more}. Give each of them another one, but for one "
            "of a kind (in the admin of the version that ran so far, under Users), tell their "
            "owners, and migrate again. No account was changed."
        )


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0003_user_stripe_key'),
    ]

    operations = [
        migrations.RunPython(refuse_twins, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name='user',
            constraint=models.UniqueConstraint(Lower('username'), name='a_username_belongs_to_one_account', violation_error_message='This username is taken. Choose another one.'),
        ),
    ]
