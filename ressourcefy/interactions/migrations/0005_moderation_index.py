"""What moderators look through; added beside running writes."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("interactions", "0004_moderation")]

    operations = [
        AddIndexConcurrently(
            model_name="comment",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True), ("hidden_at__isnull", False)),
                fields=["-hidden_at", "-id"],
                name="comment_lately_hidden",
            ),
        ),
    ]
