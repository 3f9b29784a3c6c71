"""What the lists of the administration are filtered and searched by; added beside running writes."""

from django.conf import settings
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("monetization", "0002_triggers"),
        ("resources", "0003_administration_indexes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="payment",
            index=models.Index(fields=["status", "-id"], name="payment_by_status"),
        ),
        AddIndexConcurrently(
            model_name="paymentintentrecord",
            index=models.Index(fields=["status", "-id"], name="payment_intent_by_status"),
        ),
        AddIndexConcurrently(
            model_name="purchase",
            index=models.Index(fields=["status", "-id"], name="purchase_by_status"),
        ),
        AddIndexConcurrently(
            model_name="refund",
            index=models.Index(fields=["status", "-id"], name="refund_by_status"),
        ),
        AddIndexConcurrently(
            model_name="subscription",
            index=models.Index(fields=["status", "-id"], name="subscription_by_status"),
        ),
        AddIndexConcurrently(
            model_name="webhookevent",
            index=models.Index(fields=["status", "-id"], name="webhook_by_status"),
        ),
    ]
