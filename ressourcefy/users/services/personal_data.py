"""What the tables of this app hold about one person (`docs/privacy.md`)."""

from uuid import UUID

from core.services.personal_data import Sections, records_of
from users.models import (
    DataExport,
    NotificationPreferences,
    Profile,
    RoleRequest,
    User,
    UserInterest,
    UserSession,
)

# What would open a door, or serves only to shut one.
_SECRETS = (
    "password",
    "token_version",
    "activation_generation",
    "reset_generation",
)


def personal_data(user_id: UUID) -> Sections:
    """The account with all that was chosen, asked for and opened."""
    interests = UserInterest.objects.filter(user_id=user_id)
    return {
        "account": records_of(User.all_objects.filter(pk=user_id), hidden=_SECRETS),
        "profile": records_of(Profile.objects.filter(user_id=user_id)),
        "interests": interests.order_by("pk").values("id", "tag_id", "tag__name", "created_at"),
        "notification_preferences": records_of(
            NotificationPreferences.objects.filter(user_id=user_id)
        ),
        "role_requests": records_of(
            RoleRequest.objects.filter(user_id=user_id), hidden=["decided_by_id"]
        ),
        "sessions": records_of(
            UserSession.objects.filter(user_id=user_id),
            hidden=["refresh_id", "previous_refresh_id", "impersonator_id", "impersonator_version"],
        ),
        "exports": records_of(DataExport.objects.filter(user_id=user_id), hidden=["file_name"]),
    }
