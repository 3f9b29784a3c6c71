"""The shapes of requests and answers of the administration of accounts."""

from typing import Any

from rest_framework import serializers

from api.serializers.auth import LoginData, new_password
from api.serializers.fields import EmailText, Flag, Text
from read_models.administration.users import UserFilters
from users.types import OnboardingStep, Role

_SEARCH_MAX_LENGTH = 254


class UserRecordView(serializers.Serializer[Any]):
    """An account as administrators see it."""

    id = serializers.UUIDField()
    email = serializers.EmailField()
    username = serializers.CharField(allow_null=True)
    bio = serializers.CharField(allow_null=True)
    avatar_url = serializers.CharField(allow_null=True)
    has_profile = serializers.BooleanField()
    role = serializers.ChoiceField(choices=Role.choices)
    is_active = serializers.BooleanField()
    is_staff = serializers.BooleanField()
    is_superuser = serializers.BooleanField()
    is_activated = serializers.BooleanField()
    onboarding_step = serializers.ChoiceField(choices=OnboardingStep.choices)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class UsersQuery(serializers.Serializer[Any]):
    """The filters of the list; a value that is no choice finds nobody."""

    search = Text(
        required=False,
        allow_blank=True,
        max_length=_SEARCH_MAX_LENGTH,
        help_text="Part of an address or of a user name; with one or two characters the beginning.",
    )
    role = Text(required=False, allow_blank=True, max_length=_SEARCH_MAX_LENGTH)
    activated = Text(
        required=False, allow_blank=True, max_length=_SEARCH_MAX_LENGTH, help_text="true or false"
    )
    is_active = Text(
        required=False, allow_blank=True, max_length=_SEARCH_MAX_LENGTH, help_text="true or false"
    )

    def filters(self) -> UserFilters:
        """The filters of a valid query."""
        values = self.validated_data
        return UserFilters(
            search=values.get("search", ""),
            role=values.get("role", ""),
            activated=values.get("activated", ""),
            active=values.get("is_active", ""),
        )


class CreateUserInput(serializers.Serializer[Any]):
    """A new account. Without a password its owner is asked by mail to choose one."""

    email = EmailText()
    password = new_password(required=False, allow_null=True)
    username = Text(required=False, allow_blank=True, allow_null=True, max_length=100)
    role = Text(required=False, allow_null=True, max_length=100, help_text="USER if left out.")


class UpdateUserInput(serializers.Serializer[Any]):
    """What to change; what is left out stays. The role has an address of its own."""

    is_active = Flag(required=False)
    is_activated = Flag(required=False)


class RemovedUserData(serializers.Serializer[Any]):
    """What was deleted."""

    user_id = serializers.UUIDField()
    message = serializers.CharField()


class ImpersonationData(LoginData):
    """Tokens that speak for the account, and name the administrator in their claim `act`."""


class ActivityView(serializers.Serializer[Any]):
    """Something that was changed (CREATE, UPDATE or DELETE), or that the person did."""

    id = serializers.UUIDField()
    timestamp = serializers.DateTimeField()
    action = serializers.CharField()
    entity_name = serializers.CharField()
    object_id = serializers.CharField()
    description = serializers.CharField()
    impersonator_id = serializers.UUIDField(
        allow_null=True, help_text="The administrator who acted in the person's name."
    )


class UserActivityData(serializers.Serializer[Any]):
    """The newest first; `count` is how many are here."""

    user_id = serializers.UUIDField()
    activities = ActivityView(many=True)
    count = serializers.IntegerField()


class ChangeView(ActivityView):
    """A change and who made it; no address means the system."""

    actor_email = serializers.CharField(allow_null=True)


class RecentChangesData(serializers.Serializer[Any]):
    """The newest first; `count` is how many are here."""

    activities = ChangeView(many=True)
    count = serializers.IntegerField()


class OverviewData(serializers.Serializer[Any]):
    """Live accounts and resources, subscriptions, and money kept after refunds."""

    total_users = serializers.IntegerField()
    active_users = serializers.IntegerField()
    total_resources = serializers.IntegerField()
    public_resources = serializers.IntegerField()
    premium_resources = serializers.IntegerField()
    total_subscriptions = serializers.IntegerField()
    active_premium_subscriptions = serializers.IntegerField()
    total_revenue_usd = serializers.FloatField(help_text="Payments in dollars; none converted.")
    revenue_cents = serializers.DictField(
        child=serializers.IntegerField(),
        help_text="By currency, in its smallest unit; dollars as well.",
    )


class SystemHealthData(serializers.Serializer[Any]):
    """How the parts do; counts stop at 100,000."""

    db_status = serializers.ChoiceField(choices=["ok", "error"])
    outbox_pending_events = serializers.IntegerField()
    outbox_failed_events = serializers.IntegerField()
    last_outbox_processed_at = serializers.DateTimeField(allow_null=True)
