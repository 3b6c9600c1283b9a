from django.db import migrations

from accounts.names import give_keys

MOST_NAMES = 50


def give(apps, schema_editor):
    """A few accounts at a time, so that people log in meanwhile."""
    User = apps.get_model("accounts", "User")
    apart = []
    give_keys(User.objects.using(schema_editor.connection.alias), apart.append)
    if apart:
        more = f" and {len(apart) - MOST_NAMES} more" if len(apart) > MOST_NAMES else ""
        print(
            "\n    Some user names look like another one. They were kept, and their owners log in "
            f"as before: {', '.join(apart[:MOST_NAMES])}{more}. Look at each, and give it another "
            "name in the admin, under Users, if it is there to deceive."
        )


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('accounts', '0008_keys_of_names'),
    ]

    operations = [migrations.RunPython(give, migrations.RunPython.noop)]
