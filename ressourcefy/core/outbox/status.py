"""What an operator wants to know about the outbox."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, Min, Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from core.models import OutboxEvent

_Status = OutboxEvent.Status


@dataclass(frozen=True, slots=True)
class TypeStatus:
    """The open and dead events of one type; `oldest_at` is the emission of the oldest open one."""

    event_type: str
    pending: int
    processing: int
    stuck: int
    dead: int
    oldest_at: datetime | None


@dataclass(frozen=True, slots=True)
class EventStatus:
    """One event that is in a worker's hands, waits for another attempt, or is dead."""

    id: UUID
    event_type: str
    aggregate: str
    status: str
    age: timedelta
    owner: str
    lease_ends_at: datetime | None
    next_retry_at: datetime
    failures: int
    waits: int
    last_error: str


def status_by_type() -> list[TypeStatus]:
    """One entry for each type with open or dead events; one query over those events."""
    rows = (
        OutboxEvent.objects.exclude(status=_Status.COMPLETED)
        .values("event_type")
        .annotate(
            pending=Count("id", Q(status=_Status.PENDING)),
            processing=Count("id", Q(status=_Status.PROCESSING)),
            stuck=Count("id", Q(status=_Status.PROCESSING, locked_until__lt=Now())),
            dead=Count("id", Q(status=_Status.FAILED)),
            oldest_at=Min("created_at", filter=~Q(status=_Status.FAILED)),
        )
        .order_by("event_type")
    )
    return [TypeStatus(**row) for row in rows]


def events_in_progress(limit: int) -> list[EventStatus]:
    """The events that workers hold, the oldest lease first."""
    held = OutboxEvent.objects.filter(status=_Status.PROCESSING)
    return _described(held.order_by("locked_until")[:limit])


def events_in_trouble(limit: int) -> list[EventStatus]:
    """Events that failed or wait for something that is away, the next to be tried first."""
    troubled = OutboxEvent.objects.filter(status=_Status.PENDING).exclude(error_message="")
    return _described(troubled.order_by("next_retry_at", "seq")[:limit])


def dead_events(limit: int) -> list[EventStatus]:
    """The events that were given up, the oldest first."""
    return _described(OutboxEvent.objects.dead().order_by("seq")[:limit])


def _described(events: QuerySet[OutboxEvent]) -> list[EventStatus]:
    now = timezone.now()
    return [
        EventStatus(
            id=event.id,
            event_type=event.event_type,
            aggregate=f"{event.aggregate_type} {event.aggregate_id}",
            status=event.status,
            age=now - event.created_at,
            owner=event.locked_by,
            lease_ends_at=event.locked_until,
            next_retry_at=event.next_retry_at,
            failures=event.retry_count,
            waits=event.wait_count,
            last_error=event.error_message,
        )
        for event in events
    ]
