"""Events that are committed with the change they tell of, and delivered at least once."""

from core.outbox.chores import every
from core.outbox.delivery import dispatch_event
from core.outbox.emission import emit_event
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
    "dispatch_event",
    "emit_event",
    "every",
    "handles",
    "process_outbox",
    "temporary_handlers",
]
