from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0009_give_keys'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='user',
            name='a_username_belongs_to_one_account',
        ),
        migrations.RemoveConstraint(
            model_name='user',
            name='an_email_belongs_to_one_account',
        ),
        migrations.AddConstraint(
            model_name='user',
            constraint=models.UniqueConstraint(condition=models.Q(('shares_email', False)), fields=('email_key',), name='an_email_belongs_to_one_account', violation_error_message='There is already an account with this e-mail address.'),
        ),
        migrations.AddConstraint(
            model_name='user',
            constraint=models.UniqueConstraint(fields=('name_key',), name='a_username_belongs_to_one_account', violation_error_message='This username is taken, or looks like one that is. Choose another one.'),
        ),
    ]
