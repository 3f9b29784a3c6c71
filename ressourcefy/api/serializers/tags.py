"""The shape of tags."""

from typing import Any

from rest_framework import serializers


class TagData(serializers.Serializer[Any]):
    """A subject."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    slug = serializers.CharField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
