"""The shapes of answers about progress."""

from typing import Any

from rest_framework import serializers

from api.serializers.read import PageView
from resources.types import ProgressStatus


class _ProgressTimes(serializers.Serializer[Any]):
    status = serializers.ChoiceField(choices=ProgressStatus.choices)
    started_at = serializers.DateTimeField(allow_null=True)
    last_accessed_at = serializers.DateTimeField(allow_null=True)
    completed_at = serializers.DateTimeField(allow_null=True)


class ProgressSummaryView(serializers.Serializer[Any]):
    """All that the caller has begun, not only the page."""

    total_resources = serializers.IntegerField()
    completed_count = serializers.IntegerField()
    in_progress_count = serializers.IntegerField()
    not_started_count = serializers.IntegerField()


class FollowedResourceView(_ProgressTimes):
    """A resource and how far the caller has come with it."""

    progress_id = serializers.UUIDField()
    resource_id = serializers.UUIDField()
    resource_title = serializers.CharField()
    author_name = serializers.CharField()
    author_avatar = serializers.CharField(allow_null=True)


class OwnProgressView(serializers.Serializer[Any]):
    """A page of what the caller has begun."""

    summary = ProgressSummaryView()
    data = FollowedResourceView(many=True)  # type: ignore[assignment]  # the web client's name
    pagination = PageView()


class FollowerView(_ProgressTimes):
    """A reader of a resource; `id` is the progress's."""

    id = serializers.UUIDField()
    user_id = serializers.UUIDField()
    user_email = serializers.EmailField()
    username = serializers.CharField()
    avatar_url = serializers.CharField(allow_null=True)


class FollowersView(serializers.Serializer[Any]):
    """A page of the readers of a resource."""

    resource_id = serializers.UUIDField()
    resource_title = serializers.CharField()
    progress_entries = FollowerView(many=True)
    pagination = PageView()
