"""Test data of the core app."""

from collections.abc import Mapping
from typing import Any

from core.models import OutboxEvent
from core.outbox.registry import external_types


def make_event(
    event_type: str = "test.local",
    payload: Mapping[str, Any] | None = None,
    *,
    aggregate_id: object = "1",
    **values: Any,
) -> OutboxEvent:
    """An event as a crashed or older version may have left it: nothing is checked."""
    return OutboxEvent.objects.create(
        aggregate_type="TEST",
        aggregate_id=str(aggregate_id),
        event_type=event_type,
        payload=dict(payload or {}),
        **{"is_external": event_type in external_types(), **values},
    )


def make_events(event_type: str, aggregates: int, each: int = 1) -> list[OutboxEvent]:
    """Events of several aggregates, taking turns; `number` in the payload counts in each."""
    return OutboxEvent.objects.bulk_create(
        OutboxEvent(
            aggregate_type="TEST",
            aggregate_id=str(aggregate),
            event_type=event_type,
            is_external=event_type in external_types(),
            payload={"number": number},
        )
        for number in range(each)
        for aggregate in range(aggregates)
    )
