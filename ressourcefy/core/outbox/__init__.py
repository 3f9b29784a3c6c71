"""Events that are committed with the change they tell of, and delivered at least once."""

from core.outbox.chores import every
from core.outbox.delivery import dispatch_event
from core.outbox.emission import announce, emission_from, emit_event
from core.outbox.errors import (
    DuplicateHandler,
    InvalidPayload,
    PermanentFailure,
    RetryLater,
    UnregisteredEventType,
)
from core.outbox.event import Event
from core.outbox.processing import process_outbox
from core.outbox.registry import HandlerKind, handles, temporary_handlers

__all__ = [
    "DuplicateHandler",
    "Event",
    "HandlerKind",
    "InvalidPayload",
    "PermanentFailure",
    "RetryLater",
    "UnregisteredEventType",
    "announce",
    "dispatch_event",
    "emission_from",
    "emit_event",
    "every",
    "handles",
    "process_outbox",
    "temporary_handlers",
]
