"""The shapes of requests and answers about mails and about one's data as a whole."""

from typing import Any

from rest_framework import serializers

from api.serializers.fields import Flag, SecretText
from users.types import ExportStatus

# Longer than any password of ours: whoever presents one is simply wrong.
_PRESENTED_MAX_LENGTH = 1_000


class NotificationsInput(serializers.Serializer[Any]):
    """Which mails to send; what is left out stays."""

    on_reply = Flag(required=False)
    on_comment = Flag(required=False)
    on_role_decision = Flag(required=False)


class NotificationsData(serializers.Serializer[Any]):
    """Which mails are sent beside the necessary ones."""

    on_reply = serializers.BooleanField(help_text="Somebody replied to a comment of mine.")
    on_comment = serializers.BooleanField(help_text="Somebody commented on a resource of mine.")
    on_role_decision = serializers.BooleanField(help_text="My request for a role was decided.")


class ExportData(serializers.Serializer[Any]):
    """A file with one's data. The link to it is mailed, never shown here."""

    id = serializers.UUIDField()
    status = serializers.ChoiceField(choices=ExportStatus.choices)
    requested_at = serializers.DateTimeField()
    ready_at = serializers.DateTimeField(allow_null=True)
    expires_at = serializers.DateTimeField(
        allow_null=True, help_text="From then on file and link are gone."
    )
    size_bytes = serializers.IntegerField(allow_null=True)


class DeleteAccountInput(serializers.Serializer[Any]):
    """The proof that it is the owner who wants it."""

    password = SecretText(max_length=_PRESENTED_MAX_LENGTH, write_only=True)


class DeletedAccountData(serializers.Serializer[Any]):
    """What happens now, and when nothing personal is left."""

    message = serializers.CharField()
    erase_after = serializers.DateTimeField()
