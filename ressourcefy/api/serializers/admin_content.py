"""The shape of tags, resources and progress in the administration."""

from typing import Any

from rest_framework import serializers

from api.serializers.commands import FileAddress, ResourceFields
from api.serializers.fields import Id, Text
from api.serializers.read import PageView
from resources.types import ProgressStatus, Visibility

# Tags ---------------------------------------------------------------------------------------------


class TagNameInput(serializers.Serializer[Any]):
    """What a tag is called; the slug follows."""

    name = Text(max_length=50)


class MergeTagsInput(serializers.Serializer[Any]):
    """Which tag goes, and which one takes what was filed under it."""

    source_tag_id = Id()
    target_tag_id = Id()


class AdministeredTagView(serializers.Serializer[Any]):
    """A tag; `deleted_at` is set where it is listed on demand."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    slug = serializers.CharField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    deleted_at = serializers.DateTimeField(allow_null=True)


class KeptTagView(serializers.Serializer[Any]):
    """A tag that was made or renamed."""

    tag_id = serializers.UUIDField()
    name = serializers.CharField()
    slug = serializers.CharField()


class MergedTagsView(serializers.Serializer[Any]):
    """What was merged; resources and interests are how many were filed under the source."""

    message = serializers.CharField()
    source_tag_id = serializers.UUIDField()
    target_tag_id = serializers.UUIDField()
    resources = serializers.IntegerField()
    interests = serializers.IntegerField()


class DoneView(serializers.Serializer[Any]):
    """What was done, in a sentence."""

    message = serializers.CharField()


# Resources ----------------------------------------------------------------------------------------


class PublishForAuthorInput(ResourceFields):
    """A new resource in the name of another account."""

    author_id = Id()


class EditResourceInput(ResourceFields):
    """What to change; what is not named stays."""


class AddVersionInput(serializers.Serializer[Any]):
    """The next file of a resource."""

    file_url = FileAddress()


class TagOfResourceView(serializers.Serializer[Any]):
    """A tag that a resource is filed under."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    slug = serializers.CharField()


class FileOfResourceView(serializers.Serializer[Any]):
    """A version of a resource."""

    id = serializers.UUIDField()
    version_number = serializers.IntegerField()
    file_url = serializers.CharField()
    created_at = serializers.DateTimeField()


class AdministeredResourceView(serializers.Serializer[Any]):
    """A whole resource, the newest version first."""

    id = serializers.UUIDField()
    title = serializers.CharField()
    description = serializers.CharField()
    author_id = serializers.UUIDField()
    author_email = serializers.EmailField()
    visibility = serializers.ChoiceField(choices=Visibility.choices)
    price_cents = serializers.IntegerField(allow_null=True)
    tags = TagOfResourceView(many=True)
    versions = FileOfResourceView(many=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    deleted_at = serializers.DateTimeField(allow_null=True)


class PublishedForAuthorView(serializers.Serializer[Any]):
    """A resource that was published in somebody's name."""

    resource_id = serializers.UUIDField()
    title = serializers.CharField()
    author_id = serializers.UUIDField()


class EditedResourceView(serializers.Serializer[Any]):
    """`updated_fields` names what differs now."""

    resource_id = serializers.UUIDField()
    title = serializers.CharField()
    updated_fields = serializers.ListField(child=serializers.CharField())


class AddedVersionView(serializers.Serializer[Any]):
    """A file that was added."""

    resource_id = serializers.UUIDField()
    version_number = serializers.IntegerField()
    file_url = serializers.CharField()
    created_at = serializers.DateTimeField()


# Progress -----------------------------------------------------------------------------------------


class AdministeredProgressView(serializers.Serializer[Any]):
    """How far one reader has come with one resource."""

    id = serializers.UUIDField()
    user_id = serializers.UUIDField()
    user_email = serializers.EmailField()
    username = serializers.CharField()
    avatar_url = serializers.CharField(allow_null=True)
    status = serializers.ChoiceField(choices=ProgressStatus.choices)
    started_at = serializers.DateTimeField(allow_null=True)
    last_accessed_at = serializers.DateTimeField(allow_null=True)
    completed_at = serializers.DateTimeField(allow_null=True)
    resource_id = serializers.UUIDField()
    resource_title = serializers.CharField()
    author_id = serializers.UUIDField()
    author_email = serializers.EmailField()


class ProgressFiltersView(serializers.Serializer[Any]):
    """What the list was narrowed to."""

    resource_id = serializers.UUIDField(allow_null=True)
    user_id = serializers.UUIDField(allow_null=True)


class ProgressPageData(serializers.Serializer[Any]):
    """A page of progress."""

    progress_entries = AdministeredProgressView(many=True)
    pagination = PageView()
    filters = ProgressFiltersView()
