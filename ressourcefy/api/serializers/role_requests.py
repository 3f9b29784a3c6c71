"""The shapes of requests for roles."""

from typing import Any

from rest_framework import serializers

from api.serializers.fields import Text
from users.services.role_requests import MAX_DECISION_REASON_LENGTH, MAX_REASON_LENGTH
from users.types import Role, RoleRequestStatus

_ANY_TEXT = 100


class RequestRoleInput(serializers.Serializer[Any]):
    """The role to ask for, and why."""

    # Which roles may be asked for is a rule of the domain, with a code of its own.
    requested_role = Text(max_length=_ANY_TEXT, help_text="CONTRIBUTOR or MODERATOR.")
    reason = Text(
        max_length=MAX_REASON_LENGTH, required=False, allow_blank=True, allow_null=True, default=""
    )

    def validate_reason(self, value: str | None) -> str:
        return value or ""


class RequestedRoleData(serializers.Serializer[Any]):
    """A request that waits for a decision."""

    request_id = serializers.UUIDField()
    requested_role = serializers.ChoiceField(choices=Role.choices)
    status = serializers.ChoiceField(choices=RoleRequestStatus.choices)
    message = serializers.CharField()


class OwnRoleRequestData(serializers.Serializer[Any]):
    """One of the caller's own requests."""

    request_id = serializers.UUIDField()
    requested_role = serializers.ChoiceField(choices=Role.choices)
    reason = serializers.CharField()
    status = serializers.ChoiceField(choices=RoleRequestStatus.choices)
    decided_at = serializers.DateTimeField(allow_null=True)
    decision_reason = serializers.CharField(help_text="May be empty.")
    created_at = serializers.DateTimeField()


class RoleRequestData(serializers.Serializer[Any]):
    """A request, as administrators see it."""

    id = serializers.UUIDField()
    user_id = serializers.UUIDField()
    user_email = serializers.EmailField()
    username = serializers.CharField(allow_null=True)
    role = serializers.ChoiceField(choices=Role.choices, help_text="What the account is now.")
    held_role = serializers.ChoiceField(
        choices=Role.choices, help_text="What it was when it asked."
    )
    requested_role = serializers.ChoiceField(choices=Role.choices)
    reason = serializers.CharField()
    status = serializers.ChoiceField(choices=RoleRequestStatus.choices)
    decided_by = serializers.UUIDField(allow_null=True)
    decided_by_email = serializers.EmailField(allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    decision_reason = serializers.CharField()
    created_at = serializers.DateTimeField()


class ApprovalInput(serializers.Serializer[Any]):
    """Why; whoever asked can read it."""

    reason = Text(
        max_length=MAX_DECISION_REASON_LENGTH, required=False, allow_blank=True, default=""
    )


class RejectionInput(serializers.Serializer[Any]):
    """Why; whoever asked can read it."""

    reason = Text(max_length=MAX_DECISION_REASON_LENGTH)


class ReviewedRoleRequestData(serializers.Serializer[Any]):
    """A request that was approved or rejected."""

    request_id = serializers.UUIDField()
    user_id = serializers.UUIDField()
    requested_role = serializers.ChoiceField(choices=Role.choices)
    status = serializers.ChoiceField(choices=RoleRequestStatus.choices)
    message = serializers.CharField()
