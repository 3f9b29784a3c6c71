"""Commands about mails one can do without, and about one's data as a whole."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from users.models import User
from users.types import Notification


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeNotificationsCommand:
    """Kinds that `changes` does not name stay as they are."""

    user: User
    changes: Mapping[Notification, bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsubscribeCommand:
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestDataExportCommand:
    user: User


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteOwnAccountCommand:
    """`password` is the proof that it is the owner who wants it."""

    user: User
    password: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreOwnAccountCommand:
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EraseAccountsCommand:
    """All accounts whose time is over, or one deleted account at once."""

    user_id: UUID | None = None
