"""Commands of administrators about accounts. `user` is whoever authentication found."""

from dataclasses import dataclass
from uuid import UUID

from users.models import User


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateUserCommand:
    """Shut an account out or let it in again; confirm its address or ask for that again.

    None leaves as it is.
    """

    user: User
    user_id: UUID
    is_active: bool | None = None
    is_activated: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateUserCommand:
    """`role` is whatever was asked for. Without a password the person chooses one by mail."""

    user: User
    email: str
    password: str | None = None
    username: str | None = None
    role: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetUserPasswordCommand:
    user: User
    user_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ImpersonateUserCommand:
    user: User
    user_id: UUID
