"""What the lists of the administration are filtered and searched by; added beside running writes."""

from django.conf import settings
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("core", "0004_administration_indexes"),
        ("resources", "0002_triggers"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="resource",
            index=models.Index(fields=["visibility", "-id"], name="resource_by_visibility"),
        ),
        AddIndexConcurrently(
            model_name="resource",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", False)),
                fields=["-id"],
                name="resource_deleted",
            ),
        ),
        AddIndexConcurrently(
            model_name="resource",
            index=models.Index(
                fields=["title"], name="resource_title_beginning", opclasses=["varchar_pattern_ops"]
            ),
        ),
    ]
