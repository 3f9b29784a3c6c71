"""The administration's name for the list of reader progress."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("resources", "0003_administration_indexes")]

    operations = [
        migrations.AlterModelOptions(
            name="resourceprogress", options={"verbose_name_plural": "resource progress"}
        ),
    ]
