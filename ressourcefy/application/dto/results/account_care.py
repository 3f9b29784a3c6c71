"""What use cases about mails and one's data as a whole answer with."""

from collections.abc import Mapping
from dataclasses import dataclass

from users.types import Notification


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationChoices:
    """Which mails somebody wants."""

    wanted: Mapping[Notification, bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsubscribed:
    """The kind of mail that is off now."""

    kind: Notification
