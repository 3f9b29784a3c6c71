"""What handlers and emitters of events raise."""

from datetime import timedelta


class RetryLater(Exception):
    """Raised by a handler: the cause will pass, so wait and try again, for a day if need be.

    Waits grow up to OUTBOX_BACKOFF_CAP and do not count as failures. `after` is the least time to
    wait, as a provider's Retry-After header asks for; the cap holds for it too.
    """

    def __init__(self, reason: str = "", *, after: timedelta | None = None) -> None:
        super().__init__(reason)
        self.after = after


class PermanentFailure(Exception):
    """Raised by a handler: trying again is of no use. The event is FAILED at once."""


class UnregisteredEventType(LookupError):
    """No handler is registered for the type of an event."""

    def __init__(self, event_type: str) -> None:
        super().__init__(f"no handler is registered for event type {event_type!r}")


class DuplicateHandler(ValueError):
    """The same function was registered twice for one event type."""


class InvalidPayload(ValueError):
    """The payload of an event cannot be stored as JSON, or holds what no payload may hold."""
