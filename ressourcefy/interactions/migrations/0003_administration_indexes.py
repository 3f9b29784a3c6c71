"""What the lists of the administration are filtered and searched by; added beside running writes."""

from django.conf import settings
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("interactions", "0002_triggers"),
        ("resources", "0003_administration_indexes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="comment",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", False)),
                fields=["-id"],
                name="comment_deleted",
            ),
        ),
        AddIndexConcurrently(
            model_name="comment",
            index=models.Index(
                condition=models.Q(("hidden_at__isnull", False)),
                fields=["-id"],
                name="comment_hidden",
            ),
        ),
    ]
