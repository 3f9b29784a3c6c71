"""Commands about mails one can do without, and about one's data as a whole."""

from collections.abc import Mapping
from dataclasses import dataclass

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
