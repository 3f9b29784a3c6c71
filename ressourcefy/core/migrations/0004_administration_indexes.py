"""What the lists of the administration are filtered and searched by; added beside running writes."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("core", "0003_rate_counters"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="tag",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", False)),
                fields=["-id"],
                name="tag_deleted",
            ),
        ),
        AddIndexConcurrently(
            model_name="tag",
            index=models.Index(
                fields=["name"], name="tag_name_beginning", opclasses=["varchar_pattern_ops"]
            ),
        ),
    ]
