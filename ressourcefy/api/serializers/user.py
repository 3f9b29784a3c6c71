"""The shapes of requests and answers about one's own account and about roles."""

from typing import Any

from rest_framework import serializers

from api.serializers.fields import Id, Text, WebAddress
from users.types import OnboardingStep, Role

_BIO_MAX_LENGTH = 2_000
_AVATAR_MAX_LENGTH = 500
_INTERESTS_MAX = 50


class CurrentUserData(serializers.Serializer[Any]):
    """The signed-in person."""

    id = serializers.UUIDField()
    email = serializers.EmailField()
    username = serializers.CharField(allow_null=True)
    bio = serializers.CharField(allow_null=True)
    avatar_url = serializers.CharField(allow_null=True)
    activated = serializers.BooleanField()
    onboarding_step = serializers.ChoiceField(choices=OnboardingStep.choices)
    role = serializers.ChoiceField(choices=Role.choices)
    createdAt = serializers.DateTimeField(source="created_at")  # noqa: N815 - the web client's name


class ProfileInput(serializers.Serializer[Any]):
    """What to change; what is left out stays, an empty text or null clears."""

    username = Text(required=False, max_length=100)
    bio = Text(required=False, allow_blank=True, allow_null=True, max_length=_BIO_MAX_LENGTH)
    avatar_url = WebAddress(
        required=False, allow_blank=True, allow_null=True, max_length=_AVATAR_MAX_LENGTH
    )

    def to_internal_value(self, data: Any) -> Any:
        """Null means the same as an empty text; a field that is not there means no change."""
        values = super().to_internal_value(data)
        return {name: "" if value is None else value for name, value in values.items()}


class OnboardingProfileInput(ProfileInput):
    """Who one is; only the user name is needed."""

    username = Text(max_length=100)
    bio = Text(default="", allow_blank=True, allow_null=True, max_length=_BIO_MAX_LENGTH)
    avatar_url = WebAddress(
        default="", allow_blank=True, allow_null=True, max_length=_AVATAR_MAX_LENGTH
    )


class ProfileData(serializers.Serializer[Any]):
    """The public side of an account."""

    username = serializers.CharField(allow_null=True)
    bio = serializers.CharField(allow_null=True)
    avatar_url = serializers.CharField(allow_null=True)


class UpdatedProfileData(ProfileData):
    """The profile after the change."""

    message = serializers.CharField()


class InterestsInput(serializers.Serializer[Any]):
    """Subjects to be interested in; one named twice counts once."""

    tag_ids = serializers.ListField(child=Id(), min_length=1, max_length=_INTERESTS_MAX)


class OnboardingStatusData(serializers.Serializer[Any]):
    """Where the account stands."""

    onboarding_step = serializers.ChoiceField(choices=OnboardingStep.choices)


class SessionData(serializers.Serializer[Any]):
    """An open session of one's own."""

    id = serializers.UUIDField()
    created_at = serializers.DateTimeField()
    last_used_at = serializers.DateTimeField(
        help_text="When it was opened or last refreshed; it may have been used since."
    )
    expires_at = serializers.DateTimeField()
    device = serializers.CharField(help_text="Browser and system in words; empty if unknown.")
    user_agent = serializers.CharField(help_text="What the client called itself.")
    ip_address = serializers.CharField(
        allow_null=True, help_text="Where the session was opened from."
    )
    current = serializers.BooleanField(help_text="Whether this request belongs to it.")


class SetRoleInput(serializers.Serializer[Any]):
    """The role to give; the roles are those of the current user's `role`."""

    role = Text(required=False, allow_blank=True, max_length=100, default="")


class ChangedRoleData(serializers.Serializer[Any]):
    """The role before and after."""

    user_id = serializers.UUIDField()
    email = serializers.EmailField()
    role = serializers.ChoiceField(choices=Role.choices)
    previous_role = serializers.ChoiceField(choices=Role.choices)
