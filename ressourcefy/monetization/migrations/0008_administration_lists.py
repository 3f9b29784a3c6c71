"""What the administration's lists over HTTP are read from; added beside running writes."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("monetization", "0007_premium_index")]

    operations = [
        AddIndexConcurrently(
            model_name="payment",
            index=models.Index(
                fields=["status", "-created_at", "-id"], name="payment_newest_by_status"
            ),
        ),
        AddIndexConcurrently(
            model_name="subscription",
            index=models.Index(fields=["user", "-created_at", "-id"], name="subscription_of_user"),
        ),
        AddIndexConcurrently(
            model_name="subscription",
            index=models.Index(
                fields=["plan", "-created_at", "-id"], name="subscription_newest_of_plan"
            ),
        ),
        AddIndexConcurrently(
            model_name="subscription",
            index=models.Index(
                fields=["status", "-created_at", "-id"], name="subscription_newest_by_status"
            ),
        ),
    ]
