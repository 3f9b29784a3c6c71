"""An event as its handlers see it."""

import uuid
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Self

from django.utils import timezone

from core.models import OutboxEvent


class Event(NamedTuple):
    """A fact that was committed. `id` is the idempotency key for whatever is done outside.

    `age` is the time from emission to this attempt, by the database's clock alone. `client` is what
    the request told of its client (`core.request_context`), or None where no request was the cause.
    """

    # A tuple, because workers make thousands a second: a frozen dataclass takes four times as long.
    id: uuid.UUID
    seq: int
    aggregate_type: str
    aggregate_id: str
    event_type: str
    payload: dict[str, Any]
    version: int
    created_at: datetime
    age: timedelta
    request_id: str
    client: dict[str, Any] | None = None

    @classmethod
    def of(cls, row: OutboxEvent) -> Self:
        """The value for a row that was not claimed; its age is by this machine's clock."""
        return cls(
            id=row.id,
            seq=row.seq,
            aggregate_type=row.aggregate_type,
            aggregate_id=row.aggregate_id,
            event_type=row.event_type,
            payload=row.payload,
            version=row.version,
            created_at=row.created_at,
            age=timezone.now() - row.created_at,
            request_id=row.request_id,
            client=row.client,
        )
