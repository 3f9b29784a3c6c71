"""The feed, kept ready; and how many resources there are by time. Triggers fill them (0008)."""

import django.contrib.postgres.fields
import django.contrib.postgres.functions
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("resources", "0006_administration_lists"),
    ]

    operations = [
        migrations.CreateModel(
            name="FeedCount",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        db_default=django.contrib.postgres.functions.RandomUUID(),
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "span",
                    models.CharField(
                        choices=[("month", "Month"), ("day", "Day"), ("hour", "Hour")], max_length=5
                    ),
                ),
                ("begins_at", models.DateTimeField()),
                ("free", models.BigIntegerField(default=0)),
                ("for_sale", models.BigIntegerField(default=0)),
                ("secret", models.BigIntegerField(default=0)),
                ("is_folded", models.BooleanField(default=False)),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["span", "begins_at"],
                        include=("free", "for_sale", "secret"),
                        name="feed_count_place",
                    ),
                    models.Index(
                        condition=models.Q(("is_folded", False)),
                        fields=["id"],
                        name="feed_count_step",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="FeedRow",
            fields=[
                (
                    "resource",
                    models.OneToOneField(
                        db_constraint=False,
                        editable=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="resources.resource",
                    ),
                ),
                ("created_at", models.DateTimeField(editable=False)),
                ("author_id", models.UUIDField(editable=False)),
                ("price_cents", models.PositiveIntegerField(editable=False, null=True)),
                ("comment_count", models.PositiveIntegerField(editable=False)),
                ("upvotes", models.PositiveIntegerField(editable=False)),
                ("downvotes", models.PositiveIntegerField(editable=False)),
                ("is_live", models.BooleanField(editable=False)),
                (
                    "visibility",
                    models.CharField(
                        choices=[
                            ("public", "Public"),
                            ("premium", "Premium"),
                            ("private", "Private"),
                        ],
                        editable=False,
                        max_length=7,
                    ),
                ),
                ("title", models.CharField(editable=False, max_length=200)),
                ("excerpt", models.CharField(editable=False, max_length=200)),
                ("attribution", models.CharField(editable=False, max_length=500)),
                ("author_name", models.CharField(editable=False, max_length=50, null=True)),
                ("author_avatar", models.URLField(editable=False, max_length=500, null=True)),
                (
                    "tags",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=50), default=list, editable=False
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(
                            ("is_live", True),
                            ("price_cents__isnull", True),
                            ("visibility", "public"),
                        ),
                        fields=["-created_at", "-resource"],
                        name="feed_free",
                    ),
                    models.Index(
                        condition=models.Q(
                            ("is_live", True), models.Q(("visibility", "private"), _negated=True)
                        ),
                        fields=["-created_at", "-resource"],
                        name="feed_known",
                    ),
                    models.Index(
                        condition=models.Q(("is_live", True)),
                        fields=["-created_at", "-resource"],
                        name="feed_live",
                    ),
                    models.Index(
                        condition=models.Q(
                            ("is_live", True), ("visibility__in", ["premium", "private"])
                        ),
                        fields=["visibility", "-created_at", "-resource"],
                        name="feed_by_visibility",
                    ),
                    models.Index(
                        condition=models.Q(("is_live", True), ("visibility", "private")),
                        fields=["author_id", "-created_at", "-resource"],
                        name="feed_own_secret",
                    ),
                    models.Index(
                        condition=models.Q(
                            ("is_live", True),
                            models.Q(("visibility", "private"), _negated=True),
                            models.Q(
                                models.Q(("visibility", "public"), _negated=True),
                                ("price_cents__isnull", False),
                                _connector="OR",
                            ),
                        ),
                        fields=["author_id", "-created_at", "-resource"],
                        name="feed_own_for_sale",
                    ),
                    models.Index(
                        fields=["author_id", "-created_at", "-resource"], name="feed_of_author"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="FeedTag",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("tag_id", models.UUIDField(editable=False)),
                ("created_at", models.DateTimeField(editable=False)),
                ("resource_id", models.UUIDField(editable=False)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        models.F("tag_id"),
                        models.OrderBy(models.F("created_at"), descending=True),
                        models.OrderBy(models.F("resource_id"), descending=True),
                        name="feed_tag_place",
                    )
                ],
            },
        ),
    ]
