"""Finding and locking accounts, and what an account knows about itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from users.exceptions import UserNotFound
from users.models import User
from users.models.user import UserQuerySet
from users.types import AuthProvider, OnboardingStep, Role


@dataclass(frozen=True, slots=True)
class Account:
    """An account as its owner sees it. Absent texts are None."""

    id: UUID
    email: str
    username: str | None
    bio: str | None
    avatar_url: str | None
    activated: bool
    onboarding_step: OnboardingStep
    role: Role
    created_at: datetime


def account_of(user: User) -> Account:
    """The owner's view of `user`, whose profile was loaded with it."""
    profile = getattr(user, "profile", None)
    return Account(
        id=user.id,
        email=user.email,
        username=profile.username if profile else None,
        bio=(profile.bio or None) if profile else None,
        avatar_url=(profile.avatar_url or None) if profile else None,
        activated=user.is_activated,
        onboarding_step=user.get_onboarding_step(),
        role=Role(user.role),
        created_at=user.created_at,
    )


@dataclass(frozen=True, slots=True)
class AccountRecord:
    """An account as administrators see it. Absent texts are None."""

    id: UUID
    email: str
    username: str | None
    bio: str | None
    avatar_url: str | None
    has_profile: bool
    role: Role
    is_active: bool
    is_staff: bool
    is_superuser: bool
    is_activated: bool
    onboarding_step: OnboardingStep
    created_at: datetime
    updated_at: datetime


def record_of(user: User) -> AccountRecord:
    """The administrators' view of `user`, whose profile was loaded with it."""
    profile = getattr(user, "profile", None)
    return AccountRecord(
        id=user.id,
        email=user.email,
        username=profile.username if profile else None,
        bio=(profile.bio or None) if profile else None,
        avatar_url=(profile.avatar_url or None) if profile else None,
        has_profile=profile is not None,
        role=Role(user.role),
        is_active=user.is_active,
        is_staff=user.is_staff,
        is_superuser=user.is_superuser,
        is_activated=user.is_activated,
        onboarding_step=user.get_onboarding_step(),
        created_at=user.created_at,
        updated_at=user.updated_at,
    )


def accounts_with_password(email: str) -> UserQuerySet:
    """The account that may sign in here with this address: at most one row.

    Deactivated and deleted accounts, and those that sign in with a provider, are as unknown as
    addresses that nobody has.
    """
    return (
        User.objects.get_queryset()
        .able_to_sign_in()
        .by_email(email)
        .filter(auth_provider=AuthProvider.LOCAL)
    )


def lock_user(user_id: UUID) -> User:
    """The live account with its row locked. Raises UserNotFound. Needs a transaction."""
    user = User.objects.select_for_update(no_key=True).filter(pk=user_id).first()
    if user is None:
        raise UserNotFound
    return user


@contextmanager
def user_or_nobody(user: User | None) -> Iterator[User]:
    """Run the block for `user`, or for somebody who does not exist, undoing it at the end.

    So an address that is unknown costs the same statements as one that is known, and the answer
    takes as long. Needs a transaction.
    """
    with transaction.atomic():
        yield user or User()
        if user is None:
            transaction.set_rollback(True)
