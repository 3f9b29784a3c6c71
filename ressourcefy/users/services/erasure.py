"""What is left of an account that is erased: a row without anything personal."""

from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.db.models.functions import Now
from django.utils import timezone

from users.models import (
    NotificationPreferences,
    Profile,
    RoleRequest,
    User,
    UserInterest,
    UserSession,
)
from users.services.standing import lock_deleted_user
from users.types import AuthProvider, Role

# A domain that exists nowhere (RFC 2606).
_NOWHERE = "erased.invalid"


def accounts_to_erase(limit: int) -> list[UUID]:
    """Whose grace period is over, the longest first; a walk along an index."""
    return list(
        User.all_objects.filter(erase_after__lt=Now(), erased_at__isnull=True)
        .order_by("erase_after")
        .values_list("pk", flat=True)[:limit]
    )


def lock_account_to_erase(user_id: UUID) -> User:
    """The deleted account with its row locked, unless it was erased or restored meanwhile.

    Raises UserNotFound. Needs a transaction.
    """
    return lock_deleted_user(user_id)


def make_tombstone(user: User) -> None:
    """Remove what belongs to the account alone, and all of the row but its id, times and language.

    Content points at the row still; without a profile it is shown as a deleted user's. The caller
    holds the row's lock.
    """
    for model in (UserSession, UserInterest, RoleRequest, NotificationPreferences, Profile):
        model._default_manager.filter(user=user).delete()
    user.email = f"{user.pk.hex}@{_NOWHERE}"
    user.password = make_password(None)
    user.auth_provider, user.provider_subject = AuthProvider.LOCAL, None
    user.assign_role(Role.USER)
    user.is_active = False
    user.accepted_terms_at = user.last_login = None
    user.token_version += 1
    user.erased_at = timezone.now()
    user.save()
