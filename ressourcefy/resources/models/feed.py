"""The feed, kept ready: what a card shows of each resource, and how many there are by time.

Only triggers write here (`docs/resources.md`); everything can be worked out anew from the tables of
resources, profiles and tags, which `manage.py recount` does.
"""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import F, Q

from resources.models.resource import Resource
from resources.types import Visibility


class Span(models.TextChoices):
    """The lengths of time by which the feed is counted."""

    MONTH = "month"
    DAY = "day"
    HOUR = "hour"


class FeedRow(models.Model):
    """A resource as lists show it, deleted ones too: one narrow row that needs no join."""

    # Without a constraint, which would be checked for every row of an import: triggers make and
    # remove the row together with its resource.
    resource = models.OneToOneField(
        Resource,
        on_delete=models.DO_NOTHING,
        primary_key=True,
        related_name="+",
        db_constraint=False,
        editable=False,
    )
    created_at = models.DateTimeField(editable=False)
    author_id = models.UUIDField(editable=False)
    price_cents = models.PositiveIntegerField(null=True, editable=False)
    comment_count = models.PositiveIntegerField(editable=False)
    upvotes = models.PositiveIntegerField(editable=False)
    downvotes = models.PositiveIntegerField(editable=False)
    is_live = models.BooleanField(editable=False)
    visibility = models.CharField(max_length=7, choices=Visibility, editable=False)
    title = models.CharField(max_length=200, editable=False)
    excerpt = models.CharField(max_length=200, editable=False)
    attribution = models.CharField(max_length=500, editable=False)
    # Empty where the author has no profile any more.
    author_name = models.CharField(max_length=50, null=True, editable=False)  # noqa: DJ001
    author_avatar = models.URLField(max_length=500, null=True, editable=False)  # noqa: DJ001
    tags = ArrayField(models.CharField(max_length=50), default=list, editable=False)

    class Meta:
        indexes = [
            models.Index(
                fields=["-created_at", "-resource"],
                name="feed_free",
                condition=Q(is_live=True, visibility=Visibility.PUBLIC, price_cents__isnull=True),
            ),
            models.Index(
                fields=["-created_at", "-resource"],
                name="feed_known",
                condition=Q(is_live=True) & ~Q(visibility=Visibility.PRIVATE),
            ),
            models.Index(
                fields=["-created_at", "-resource"], name="feed_live", condition=Q(is_live=True)
            ),
            # Most are public: those the index of what is free finds.
            models.Index(
                fields=["visibility", "-created_at", "-resource"],
                name="feed_by_visibility",
                condition=Q(is_live=True, visibility__in=[Visibility.PREMIUM, Visibility.PRIVATE]),
            ),
            models.Index(
                fields=["author_id", "-created_at", "-resource"],
                name="feed_own_secret",
                condition=Q(is_live=True, visibility=Visibility.PRIVATE),
            ),
            models.Index(
                fields=["author_id", "-created_at", "-resource"],
                name="feed_own_for_sale",
                condition=Q(is_live=True)
                & ~Q(visibility=Visibility.PRIVATE)
                & (~Q(visibility=Visibility.PUBLIC) | Q(price_cents__isnull=False)),
            ),
            # Deleted ones as well, for whoever changes their name.
            models.Index(fields=["author_id", "-created_at", "-resource"], name="feed_of_author"),
        ]

    def __str__(self) -> str:
        return self.title


class FeedTag(models.Model):
    """A resource under a tag, in the order of the feed; a copy of what is filed with its time."""

    id = models.BigAutoField(primary_key=True)
    tag_id = models.UUIDField(editable=False)
    created_at = models.DateTimeField(editable=False)
    resource_id = models.UUIDField(editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                F("tag_id"),
                F("created_at").desc(),
                F("resource_id").desc(),
                name="feed_tag_place",
            )
        ]

    def __str__(self) -> str:
        return f"{self.tag_id} {self.resource_id}"


class FeedCount(models.Model):
    """A step of a total: how many more live resources were made in one month, day or hour (UTC).

    Totals are sums of steps, so that writers never wait for each other; folding keeps them few.
    """

    id = models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)
    span = models.CharField(max_length=5, choices=Span)
    begins_at = models.DateTimeField()
    free = models.BigIntegerField(default=0)
    for_sale = models.BigIntegerField(default=0)
    secret = models.BigIntegerField(default=0)
    is_folded = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(
                fields=["span", "begins_at"],
                name="feed_count_place",
                include=["free", "for_sale", "secret"],
            ),
            models.Index(fields=["id"], name="feed_count_step", condition=Q(is_folded=False)),
        ]

    def __str__(self) -> str:
        return f"{self.span} {self.begins_at:%Y-%m-%d %H}"
