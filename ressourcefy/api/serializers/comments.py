"""The shapes of what authors and moderators do to comments."""

from typing import Any

from rest_framework import serializers

from api.serializers.fields import Text
from api.serializers.read import PersonView
from interactions.services.comment_text import MAX_LENGTH
from interactions.services.moderate_comment import MAX_REASON_LENGTH


class EditCommentInput(serializers.Serializer[Any]):
    """What the comment says from now on."""

    # Blank text is a rule of the domain, with a code of its own.
    content = Text(max_length=MAX_LENGTH, allow_blank=True)


class EditedCommentView(serializers.Serializer[Any]):
    """The comment after the change."""

    comment_id = serializers.UUIDField()
    resource_id = serializers.UUIDField()
    author_id = serializers.UUIDField()
    parent_id = serializers.UUIDField(allow_null=True)
    content = serializers.CharField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    edited_at = serializers.DateTimeField(
        allow_null=True, help_text="Null while it says what it said at first."
    )


class DeletedCommentView(serializers.Serializer[Any]):
    """What was deleted."""

    comment_id = serializers.UUIDField()
    resource_id = serializers.UUIDField()
    message = serializers.CharField()


class ModerationInput(serializers.Serializer[Any]):
    """Why; kept for other moderators and shown to nobody else."""

    reason = Text(max_length=MAX_REASON_LENGTH)


class ModeratedCommentView(serializers.Serializer[Any]):
    """A comment that was hidden, or brought back."""

    comment_id = serializers.UUIDField()
    resource_id = serializers.UUIDField()
    is_hidden = serializers.BooleanField()
    message = serializers.CharField()


class HiddenCommentView(serializers.Serializer[Any]):
    """A hidden comment, and who hid it why."""

    id = serializers.UUIDField()
    content = serializers.CharField()
    parent_id = serializers.UUIDField(allow_null=True)
    author = PersonView()
    resource_id = serializers.UUIDField()
    resource_title = serializers.CharField()
    created_at = serializers.DateTimeField()
    hidden_at = serializers.DateTimeField()
    hidden_by = PersonView(allow_null=True)
    reason = serializers.CharField()
