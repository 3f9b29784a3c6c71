"""What a search in the middle of texts needs, and what lists of tags are read from.

The extension comes with PostgreSQL and is trusted: who owns the database may add it.
"""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.operations import AddIndexConcurrently, TrigramExtension
from django.db import migrations, models
from django.db.models.functions import Lower


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("core", "0005_tally")]

    operations = [
        TrigramExtension(),
        AddIndexConcurrently(
            model_name="tag", index=models.Index(fields=["name", "id"], name="tag_by_name")
        ),
        AddIndexConcurrently(
            model_name="tag",
            index=GinIndex(
                OpClass(Lower("name"), name="gin_trgm_ops"),
                name="tag_name_parts",
                fastupdate=False,
            ),
        ),
    ]
