"""Commands about accounts. `user` is whoever authentication found."""

from dataclasses import dataclass
from uuid import UUID

from users.models import User


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterUserCommand:
    """`language` is one of the languages that mails are written in."""

    username: str
    email: str
    password: str
    accepted_terms: bool
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivateUserCommand:
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResendActivationCommand:
    email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthenticateUserCommand:
    email: str
    password: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshSessionCommand:
    """The facts of a refresh token."""

    user_id: UUID
    session_id: UUID
    token_version: int
    refresh_id: UUID


@dataclass(frozen=True, slots=True)
class SessionRef:
    """A session, named by a token of it."""

    user_id: UUID
    session_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class SignOutCommand:
    sessions: frozenset[SessionRef]


@dataclass(frozen=True, slots=True, kw_only=True)
class SignOutEverywhereCommand:
    user: User


@dataclass(frozen=True, slots=True, kw_only=True)
class EndSessionCommand:
    user: User
    session_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestPasswordResetCommand:
    email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmPasswordResetCommand:
    token: str
    new_password: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePasswordCommand:
    """`session_id` is the session that stays open."""

    user: User
    session_id: UUID
    current_password: str
    new_password: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateProfileCommand:
    """None leaves a field as it is, an empty text clears it."""

    user: User
    username: str | None = None
    bio: str | None = None
    avatar_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StartOnboardingCommand:
    user: User


@dataclass(frozen=True, slots=True, kw_only=True)
class CompleteOnboardingProfileCommand:
    user: User
    username: str
    bio: str
    avatar_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChooseInterestsCommand:
    user: User
    tag_ids: frozenset[UUID]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmOnboardingCommand:
    user: User


@dataclass(frozen=True, slots=True, kw_only=True)
class SetRoleCommand:
    """`role` is whatever was asked for; `user_id` is whose role is to change."""

    user: User
    user_id: UUID
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateSuperadminCommand:
    email: str
    password: str
    username: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRoleCommand:
    """`requested_role` is whatever was asked for."""

    user: User
    requested_role: str
    reason: str = ""
