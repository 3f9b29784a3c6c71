"""What a search in the middle of addresses and user names walks; added beside running writes."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations
from django.db.models.functions import Lower


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("users", "0004_totals"), ("core", "0006_tag_search")]

    operations = [
        AddIndexConcurrently(
            model_name="user",
            index=GinIndex(
                OpClass("email", name="gin_trgm_ops"), name="user_email_parts", fastupdate=False
            ),
        ),
        AddIndexConcurrently(
            model_name="profile",
            index=GinIndex(
                OpClass(Lower("username"), name="gin_trgm_ops"),
                name="profile_username_parts",
                fastupdate=False,
            ),
        ),
    ]
