"""What the lists of the administration are filtered and searched by; added beside running writes."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("users", "0002_session_device"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="rolerequest",
            index=models.Index(fields=["status", "-id"], name="role_request_by_status"),
        ),
        AddIndexConcurrently(
            model_name="user",
            index=models.Index(fields=["role", "-id"], name="user_by_role"),
        ),
        AddIndexConcurrently(
            model_name="user",
            index=models.Index(
                condition=models.Q(("is_active", False)), fields=["-id"], name="user_deactivated"
            ),
        ),
        AddIndexConcurrently(
            model_name="user",
            index=models.Index(
                condition=models.Q(("is_activated", False)), fields=["-id"], name="user_unactivated"
            ),
        ),
        AddIndexConcurrently(
            model_name="user",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", False)),
                fields=["-id"],
                name="user_deleted",
            ),
        ),
    ]
