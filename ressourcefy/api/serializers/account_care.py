"""The shapes of requests and answers about mails and about one's data as a whole."""

from typing import Any

from rest_framework import serializers

from users.types import ExportStatus


class NotificationsInput(serializers.Serializer[Any]):
    """Which mails to send; what is left out stays."""

    on_reply = serializers.BooleanField(required=False)
    on_comment = serializers.BooleanField(required=False)
    on_role_decision = serializers.BooleanField(required=False)


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
