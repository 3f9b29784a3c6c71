"""Writing down what people do (`docs/accounts.md`, section "What is tracked")."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone

from analytics.models import UserEvent
from analytics.services.buffer import EventBuffer
from analytics.types import Activity, Client
from core.request_context import current_context


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
    track_events([event])


def track_events(events: Iterable[TrackedEvent]) -> None:
    """Write any number of rows with one statement for each thousand."""
    UserEvent.objects.bulk_create((_row(event) for event in events), batch_size=1_000)


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


def _row(event: TrackedEvent) -> UserEvent:
    return UserEvent(
        user_id=event.user_id,
        event_type=event.activity,
        event_data=dict(event.data),
        session_id=event.client.session_id,
        ip_address=event.client.ip_address,
        user_agent=event.client.user_agent,
        created_at=event.occurred_at,
    )


#: What `track_later` was given and is not written yet.
waiting_events: EventBuffer[TrackedEvent] = EventBuffer(track_events)
