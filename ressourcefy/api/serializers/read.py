"""What reads answer, for the schema; and the filters of the feed."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from api.serializers.fields import Choice, Id, Text
from read_models.resources.resource_feed import FeedFilters
from resources.types import ProgressStatus, Visibility

_PREMIUM = "premium"
# A tag's name has 50 characters, its slug a few more.
_MAX_TAG_LENGTH = 60


class FeedQuery(serializers.Serializer[Any]):
    """The filters of the feed."""

    tag = Text(
        max_length=_MAX_TAG_LENGTH, required=False, allow_blank=True, help_text="A name or a slug."
    )
    author = Id(required=False)
    visibility = Choice(choices=Visibility.choices, required=False)
    include = Choice(
        choices=[_PREMIUM], required=False, help_text="Adds teasers of what is locked."
    )

    def filters(self) -> FeedFilters:
        """The filters of a valid query."""
        values = self.validated_data
        visibility = values.get("visibility")
        return FeedFilters(
            tag=values.get("tag") or None,
            author_id=values.get("author"),
            visibility=Visibility(visibility) if visibility else None,
            include_premium=values.get("include") == _PREMIUM,
        )


def feed_filters(query: Mapping[str, str]) -> FeedFilters:
    """The filters that a query string asks for. Raises ValidationError."""
    if query.keys().isdisjoint(FeedQuery._declared_fields):
        # Most ask for none, and a serializer costs as much as the query of the database.
        return FeedFilters()
    serializer = FeedQuery(data=query)
    serializer.is_valid(raise_exception=True)
    return serializer.filters()


class VoteStatsView(serializers.Serializer[Any]):
    """Votes; the total is how many there are."""

    upvotes = serializers.IntegerField()
    downvotes = serializers.IntegerField()
    total_votes = serializers.IntegerField()


class ResourceStatsView(VoteStatsView):
    """The counters of a resource."""

    comment_count = serializers.IntegerField()


class ResourceCardView(serializers.Serializer[Any]):
    """A resource in a list; `locked`: the caller has no right to open it."""

    id = serializers.UUIDField()
    title = serializers.CharField()
    excerpt = serializers.CharField(help_text="The first 200 characters of the description.")
    attribution = serializers.CharField(help_text="Who made it, if not the author; may be empty.")
    author_id = serializers.UUIDField()
    author_name = serializers.CharField()
    author_avatar = serializers.CharField(allow_null=True)
    tags = serializers.ListField(child=serializers.CharField())
    stats = ResourceStatsView()
    price_cents = serializers.IntegerField(allow_null=True)
    visibility = serializers.ChoiceField(choices=Visibility.choices)
    created_at = serializers.DateTimeField()
    locked = serializers.BooleanField()


class CursorPageView(serializers.Serializer[Any]):
    """Where the page stands; `next_cursor` is null on the last one."""

    page = serializers.IntegerField(allow_null=True)
    page_size = serializers.IntegerField()
    has_next = serializers.BooleanField()
    has_previous = serializers.BooleanField()
    next_cursor = serializers.CharField(allow_null=True)


class PageView(serializers.Serializer[Any]):
    """Where the page stands."""

    page = serializers.IntegerField()
    page_size = serializers.IntegerField()
    total_count = serializers.IntegerField()
    total_pages = serializers.IntegerField()
    has_next = serializers.BooleanField()
    has_previous = serializers.BooleanField()


class VersionView(serializers.Serializer[Any]):
    """A file of a resource."""

    version_number = serializers.IntegerField()
    file_url = serializers.CharField()
    created_at = serializers.DateTimeField()


class ResourceDetailView(serializers.Serializer[Any]):
    """A whole resource; `user_vote` is the caller's own."""

    id = serializers.UUIDField()
    title = serializers.CharField()
    description = serializers.CharField()
    attribution = serializers.CharField()
    author_id = serializers.UUIDField()
    author_name = serializers.CharField()
    author_avatar = serializers.CharField(allow_null=True)
    tags = serializers.ListField(child=serializers.CharField())
    stats = ResourceStatsView()
    price_cents = serializers.IntegerField(allow_null=True)
    visibility = serializers.ChoiceField(choices=Visibility.choices)
    versions = VersionView(many=True)
    user_vote = serializers.IntegerField(allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class OwnResourceView(serializers.Serializer[Any]):
    """One of the caller's own resources."""

    id = serializers.UUIDField()
    title = serializers.CharField()
    description = serializers.CharField()
    visibility = serializers.ChoiceField(choices=Visibility.choices)
    price_cents = serializers.IntegerField(allow_null=True)
    tags = serializers.ListField(child=serializers.CharField())
    stats = ResourceStatsView()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class ProgressEntryView(serializers.Serializer[Any]):
    """How far the caller has come; before the first visit no id and no times."""

    progress_id = serializers.UUIDField(allow_null=True)
    user_id = serializers.UUIDField()
    resource_id = serializers.UUIDField()
    status = serializers.ChoiceField(choices=ProgressStatus.choices)
    started_at = serializers.DateTimeField(allow_null=True)
    last_accessed_at = serializers.DateTimeField(allow_null=True)
    completed_at = serializers.DateTimeField(allow_null=True)


class LatestVersionView(serializers.Serializer[Any]):
    """The newest file."""

    version_number = serializers.IntegerField()
    file_url = serializers.CharField()


class AccessView(serializers.Serializer[Any]):
    """An open door."""

    access_granted = serializers.BooleanField()
    resource_id = serializers.UUIDField()
    latest_version = LatestVersionView(allow_null=True)
    progress = ProgressEntryView()


class PersonView(serializers.Serializer[Any]):
    """The author of a comment."""

    id = serializers.UUIDField()
    username = serializers.CharField()
    avatar_url = serializers.CharField(allow_null=True)


class CommentView(serializers.Serializer[Any]):
    """A comment; `user_vote` is the caller's own."""

    id = serializers.UUIDField()
    content = serializers.CharField()
    parent_id = serializers.UUIDField(allow_null=True)
    author = PersonView()
    stats = VoteStatsView()
    user_vote = serializers.IntegerField(allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    edited_at = serializers.DateTimeField(
        allow_null=True, help_text="When its author last changed the text."
    )


class AuthorStatsView(serializers.Serializer[Any]):
    """What the caller may open, counted."""

    total_resources = serializers.IntegerField()
    total_views = serializers.IntegerField()


class RecentResourceView(serializers.Serializer[Any]):
    """A resource on an author's page."""

    id = serializers.UUIDField()
    title = serializers.CharField()
    created_at = serializers.DateTimeField()


class AuthorView(serializers.Serializer[Any]):
    """The public page of an author."""

    id = serializers.UUIDField()
    username = serializers.CharField()
    bio = serializers.CharField(allow_null=True)
    avatar_url = serializers.CharField(allow_null=True)
    stats = AuthorStatsView()
    recent_resources = RecentResourceView(many=True)
