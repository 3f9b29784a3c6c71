"""The bodies of commands about resources and comments: their shape, nothing more."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.serializers.fields import Choice, Id, Text, WholeNumber
from interactions.services.comment_text import MAX_LENGTH as MAX_COMMENT_LENGTH
from resources.services.content import (
    MAX_DESCRIPTION_LENGTH,
    MAX_FILE_URL_LENGTH,
    MAX_PRICE_CENTS,
    MAX_TITLE_LENGTH,
)
from resources.types import Visibility, VoteValue

_MAX_TAGS = 50
_WITHDRAWN = 0


@extend_schema_field(OpenApiTypes.URI)
class FileAddress(Text):
    """The address of a file; which ones are allowed is the domain's business."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=MAX_FILE_URL_LENGTH, **options)


class ResourceFields(serializers.Serializer[Any]):
    """What a resource says of itself."""

    title = Text(max_length=MAX_TITLE_LENGTH)
    description = Text(max_length=MAX_DESCRIPTION_LENGTH)
    visibility = Choice(choices=Visibility.choices, default=Visibility.PUBLIC)
    price_cents = WholeNumber(min_value=0, max_value=MAX_PRICE_CENTS, allow_null=True, default=None)
    tag_ids = serializers.ListField(child=Id(), max_length=_MAX_TAGS, default=list)

    def validate_visibility(self, value: str) -> Visibility:
        return Visibility(value)


class CreateResourceInput(ResourceFields):
    """A new resource; `file_url` adds its first version."""

    file_url = FileAddress(allow_blank=True, allow_null=True, default="")

    def validate_file_url(self, value: str | None) -> str:
        return value or ""


class UpdateResourceInput(ResourceFields):
    """What to change; what is not named stays."""


class CreateResourceVersionInput(serializers.Serializer[Any]):
    """A new file of a resource."""

    resource_id = Id()
    file_url = FileAddress()


class _VoteInput(serializers.Serializer[Any]):
    vote_value = WholeNumber(
        min_value=VoteValue.DOWN.value,
        max_value=VoteValue.UP.value,
        help_text="1 or -1; 0 withdraws the vote.",
    )

    def validate_vote_value(self, value: int) -> VoteValue | None:
        return None if value == _WITHDRAWN else VoteValue(value)


class VoteOnResourceInput(_VoteInput):
    """A vote on a resource."""

    resource_id = Id()


class VoteOnCommentInput(_VoteInput):
    """A vote on a comment."""

    comment_id = Id()


class CreateCommentInput(serializers.Serializer[Any]):
    """A comment; `parent_id` makes it a reply to one on the same resource."""

    resource_id = Id()
    # Blank text is a rule of the domain, with a code of its own.
    content = Text(max_length=MAX_COMMENT_LENGTH, allow_blank=True)
    parent_id = Id(allow_null=True, default=None)


class CreatedResource(serializers.Serializer[Any]):
    """A resource as its author published it; `tags` are ids."""

    resource_id = serializers.UUIDField()
    title = serializers.CharField()
    description = serializers.CharField()
    visibility = serializers.ChoiceField(choices=Visibility.choices)
    price_cents = serializers.IntegerField(allow_null=True)
    author_id = serializers.UUIDField()
    tags = serializers.ListField(child=serializers.UUIDField())
    created_at = serializers.DateTimeField()


class ChangedResource(serializers.Serializer[Any]):
    """A resource after a change; `tags` are ids."""

    resource_id = serializers.UUIDField()
    title = serializers.CharField()
    description = serializers.CharField()
    visibility = serializers.ChoiceField(choices=Visibility.choices)
    price_cents = serializers.IntegerField(allow_null=True)
    author_id = serializers.UUIDField()
    tags = serializers.ListField(child=serializers.UUIDField())
    updated_at = serializers.DateTimeField()


class RemovedResource(serializers.Serializer[Any]):
    """What was deleted."""

    resource_id = serializers.UUIDField()
    title = serializers.CharField()
    message = serializers.CharField()


class CreatedVersion(serializers.Serializer[Any]):
    """A new file; `version` and `url` are other names for the same."""

    resource_id = serializers.UUIDField()
    version_number = serializers.IntegerField()
    version = serializers.IntegerField()
    file_url = serializers.CharField()
    url = serializers.CharField()
    created_at = serializers.DateTimeField()


class ResourceVoteAnswer(serializers.Serializer[Any]):
    """The caller's vote now; withdrawn: no id and 0."""

    vote_id = serializers.UUIDField(allow_null=True)
    resource_id = serializers.UUIDField()
    value = serializers.IntegerField()


class CommentVoteAnswer(serializers.Serializer[Any]):
    """The caller's vote now; withdrawn: no id and 0."""

    vote_id = serializers.UUIDField(allow_null=True)
    comment_id = serializers.UUIDField()
    value = serializers.IntegerField()


class CreatedComment(serializers.Serializer[Any]):
    """A new comment."""

    comment_id = serializers.UUIDField()
    resource_id = serializers.UUIDField()
    author_id = serializers.UUIDField()
    parent_id = serializers.UUIDField(allow_null=True)
    content = serializers.CharField()
    created_at = serializers.DateTimeField()
