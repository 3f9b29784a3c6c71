"""Files with people's data, which they ask for."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import core.models.base


class Migration(migrations.Migration):
    dependencies = [
        ("users", "0007_role_request_review"),
    ]

    operations = [
        migrations.CreateModel(
            name="DataExport",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=core.models.base.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False),
                ),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "status",
                    models.CharField(
                        choices=[("pending", "Pending"), ("ready", "Ready")],
                        default="pending",
                        max_length=7,
                    ),
                ),
                (
                    "file_name",
                    models.CharField(blank=True, default="", editable=False, max_length=100),
                ),
                ("size_bytes", models.PositiveBigIntegerField(blank=True, null=True)),
                ("ready_at", models.DateTimeField(blank=True, null=True)),
                ("expires_at", models.DateTimeField()),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="data_exports",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["user", "-created_at", "-id"], name="data_export_of_user"),
                    models.Index(fields=["expires_at"], name="data_export_expiry"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("status", "pending")),
                        fields=("user",),
                        name="data_export_one_pending",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("file_name", ""), ("ready_at__isnull", True), ("status", "pending")
                            ),
                            models.Q(
                                ("ready_at__isnull", False),
                                ("status", "ready"),
                                models.Q(("file_name", ""), _negated=True),
                                ("size_bytes__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="data_export_ready_has_file",
                    ),
                ],
            },
        ),
    ]
