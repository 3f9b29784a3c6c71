"""What the administration's lists over HTTP are read from; added beside running writes."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models.functions import Lower


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("core", "0006_tag_search"), ("resources", "0005_totals")]

    operations = [
        AddIndexConcurrently(
            model_name="resource",
            index=GinIndex(
                OpClass(Lower("title"), name="gin_trgm_ops"),
                name="resource_title_parts",
                fastupdate=False,
            ),
        ),
        AddIndexConcurrently(
            model_name="resource",
            index=models.Index(fields=["-created_at", "-id"], name="resource_newest"),
        ),
        AddIndexConcurrently(
            model_name="resource",
            index=models.Index(
                condition=models.Q(
                    ("deleted_at__isnull", True), ("visibility__in", ["premium", "private"])
                ),
                fields=["visibility", "-created_at", "-id"],
                name="resource_live_by_visibility",
            ),
        ),
        AddIndexConcurrently(
            model_name="resource",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True), ("price_cents__isnull", False)),
                fields=["-created_at", "-id"],
                name="resource_live_priced",
            ),
        ),
        AddIndexConcurrently(
            model_name="resourceprogress",
            index=models.Index(fields=["-last_accessed_at", "-id"], name="progress_last_accessed"),
        ),
    ]
