"""When a deleted account is erased; added beside running writes, checked without holding them up."""

from django.contrib.postgres.operations import (
    AddConstraintNotValid,
    AddIndexConcurrently,
    ValidateConstraint,
)
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("users", "0008_data_exports"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="erase_after",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="user",
            name="erased_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        AddIndexConcurrently(
            model_name="user",
            index=models.Index(
                condition=models.Q(("erase_after__isnull", False), ("erased_at__isnull", True)),
                fields=["erase_after"],
                name="user_to_be_erased",
            ),
        ),
        AddConstraintNotValid(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("deleted_at__isnull", False),
                    models.Q(("erase_after__isnull", True), ("erased_at__isnull", True)),
                    _connector="OR",
                ),
                name="user_erased_only_if_deleted",
            ),
        ),
        ValidateConstraint(model_name="user", name="user_erased_only_if_deleted"),
    ]
