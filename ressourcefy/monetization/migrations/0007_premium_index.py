"""What the number of present premium subscriptions is counted from; added beside running writes."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("monetization", "0006_totals")]

    operations = [
        AddIndexConcurrently(
            model_name="subscription",
            index=models.Index(
                condition=models.Q(
                    ("ended_at__isnull", True), ("plan", "premium"), ("suspended_at__isnull", True)
                ),
                fields=["-id"],
                include=[
                    "source",
                    "status",
                    "stripe_status",
                    "current_period_end",
                    "past_due_since",
                    "cancel_at",
                    "ends_at",
                    "plan",
                    "ended_at",
                    "suspended_at",
                ],
                name="subscription_granting",
            ),
        ),
    ]
