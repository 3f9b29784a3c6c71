"""What use cases about mails and one's data as a whole answer with."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from users.types import ExportStatus, Notification


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationChoices:
    """Which mails somebody wants."""

    wanted: Mapping[Notification, bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsubscribed:
    """The kind of mail that is off now."""

    kind: Notification


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestedExport:
    """A file that is going to be built."""

    id: UUID
    status: ExportStatus
    requested_at: datetime
    ready_at: datetime | None = None
    expires_at: datetime | None = None
    size_bytes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletedAccount:
    """Until `erase_after` the account can be kept after all."""

    user_id: UUID
    erase_after: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasedAccounts:
    """`failed` ones are tried again."""

    erased: int
    failed: int
