import uuid

from django.db import migrations, models


def give_keys(apps, schema_editor):
    User = apps.get_model("accounts", "User")
    for user in User.objects.filter(stripe_key=None).iterator():
        User.objects.filter(pk=user.pk).update(stripe_key=uuid.uuid4())


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0002_tries'),
    ]

    operations = [
        migrations.AddField(
            model_name='user',
            name='stripe_key',
            field=models.UUIDField(default=uuid.uuid4, editable=False, null=True),
        ),
        migrations.RunPython(give_keys, migrations.RunPython.noop),
        migrations.AlterField(
            model_name='user',
            name='stripe_key',
            field=models.UUIDField(default=uuid.uuid4, editable=False, unique=True),
        ),
    ]
