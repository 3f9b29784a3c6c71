"""Writing down what people do (`docs/accounts.md`, section "What is tracked")."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from analytics.models import UserEvent
from analytics.services.buffer import EventBuffer
from analytics.types import Activity, Client
from core.models.base import new_id
from core.request_context import current_context

_TABLE = UserEvent._meta.db_table
_COLUMNS = "id, created_at, user_id, event_type, event_data, session_id, ip_address, user_agent"
_COPY = f"COPY {_TABLE} ({_COLUMNS}) FROM STDIN"
_INSERT = f"INSERT INTO {_TABLE} ({_COLUMNS}) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)"  # noqa: S608


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackedEvent:
    """One thing that somebody did; `user_id` None is a visitor."""

    activity: Activity
    user_id: UUID | None
    data: Mapping[str, Any] = field(default_factory=dict)
    client: Client = field(default_factory=Client)
    occurred_at: datetime = field(default_factory=timezone.now)


def track_event(event: TrackedEvent) -> None:
    """Write one row, in the caller's transaction."""
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, _row(event))


def track_events(events: Iterable[TrackedEvent]) -> None:
    """Write any number of rows with one COPY, in the caller's transaction: all of them or none."""
    rows = [_row(event) for event in events]
    if not rows:
        return
    # The savepoint is a statement that Django knows of; the COPY passes by its wrappers, and by
    # what turns errors into its own.
    with (
        transaction.atomic(),
        connection.cursor() as cursor,
        connection.wrap_database_errors,
        cursor.copy(_COPY) as copy,
    ):
        for row in rows:
            copy.write_row(row)


def track_later(
    activity: Activity, *, user_id: UUID | None, data: Mapping[str, Any] | None = None
) -> None:
    """Write one row soon, from a thread of this process: for reads, which write nothing themselves.

    Costs the caller no query. The session, address and agent are those of the present request. What
    waits when the process is killed is lost; an orderly exit writes it.
    """
    context = current_context()
    client = Client(
        session_id=context.session_id or None,
        ip_address=context.ip_address,
        user_agent=context.user_agent or None,
    )
    waiting_events.add(
        TrackedEvent(activity=activity, user_id=user_id, data=data or {}, client=client)
    )


def _row(event: TrackedEvent) -> tuple[Any, ...]:
    client = event.client
    return (
        new_id(),
        event.occurred_at,
        event.user_id,
        str(event.activity),
        json.dumps(dict(event.data)),
        client.session_id,
        client.ip_address,
        client.user_agent,
    )


#: What `track_later` was given and is not written yet.
waiting_events: EventBuffer[TrackedEvent] = EventBuffer(track_events)
