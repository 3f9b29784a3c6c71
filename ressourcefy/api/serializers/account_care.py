"""The shapes of requests and answers about mails and about one's data as a whole."""

from typing import Any

from rest_framework import serializers


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
