"""An index of the deliveries that have not taken effect, the oldest first."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("monetization", "0006_premium_index")]

    operations = [
        AddIndexConcurrently(
            model_name="webhookevent",
            index=models.Index(
                fields=["created_at"],
                name="webhook_unprocessed",
                condition=Q(status__in=["PENDING", "FAILED"]),
            ),
        ),
    ]
