"""What commands about accounts end with."""

from dataclasses import dataclass
from uuid import UUID

from users.services.accounts import Account
from users.types import OnboardingStep, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredUser:
    user_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivatedUser:
    """`was_activated` if the link had been used before."""

    was_activated: bool
    onboarding_step: OnboardingStep


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionPass:
    """What the tokens of a session have to say; who acts, if it is not the account's owner."""

    user_id: UUID
    session_id: UUID
    token_version: int
    refresh_id: UUID
    impersonator_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthenticatedUser:
    session: SessionPass
    account: Account


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdatedProfile:
    """Absent texts are None."""

    username: str
    bio: str | None
    avatar_url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OnboardingProgress:
    onboarding_step: OnboardingStep


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedRole:
    user_id: UUID
    email: str
    role: Role
    previous_role: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Superadmin:
    """`changed` is False if everything was as wanted before."""

    user_id: UUID
    changed: bool
