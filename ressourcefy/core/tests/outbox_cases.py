"""What test cases of the outbox begin with."""

import logging
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db.models import F
from django.test import TestCase, TransactionTestCase

from core.models import OutboxEvent
from core.outbox import (
    Event,
    HandlerKind,
    emit_event,
    handles,
    temporary_handlers,
)
from core.outbox.wake_up import stop_waking
from core.tests.outbox_helpers import (
    drop_effects_table,
    leave_effect,
    make_effects_table,
)

# Longer than any test: what happens in time was not found by polling.
NEVER = 600.0


def handle(
    function: Callable[[Event], object],
    event_type: str = "test.local",
    kind: HandlerKind = HandlerKind.LOCAL,
) -> None:
    """Register a function that need not have a name of its own."""

    def handler(event: Event) -> None:
        function(event)

    handler.__qualname__ = f"handler_{id(handler)}"
    handles(event_type, kind)(handler)


def fail_with(error: BaseException) -> Callable[[Event], None]:
    """A handler that raises."""

    def handler(event: Event) -> None:
        raise error

    return handler


class DeliveryCase(TestCase):
    def setUp(self) -> None:
        self.enterContext(temporary_handlers(keep=False))
        logging.getLogger("core.outbox").setLevel(logging.CRITICAL)
        self.addCleanup(logging.getLogger("core.outbox").setLevel, logging.NOTSET)
        make_effects_table()

    def assert_wait(self, event: OutboxEvent, least: float, most: float) -> None:
        """The next attempt is that many seconds after the last one, by the database's clock."""
        event.refresh_from_db()
        wait = F("next_retry_at") - F("updated_at")
        seconds = OutboxEvent.objects.values_list(wait, flat=True).get(id=event.id).total_seconds()
        self.assertTrue(least <= seconds <= most, f"{seconds} is not in [{least}, {most}]")


class WorkerCase(TransactionTestCase):
    def setUp(self) -> None:
        self.enterContext(temporary_handlers(keep=False))
        logging.getLogger("core.outbox").setLevel(logging.CRITICAL)
        self.addCleanup(logging.getLogger("core.outbox").setLevel, logging.NOTSET)
        self.addCleanup(stop_waking)
        make_effects_table()
        self.addCleanup(drop_effects_table)
        # Handlers that hang wait for this; nothing hangs beyond its test.
        self.release = threading.Event()
        self.addCleanup(self.release.set)

    def register(self, event_type: str, kind: HandlerKind, *, timeout: float | None = None) -> None:
        """A handler that leaves an effect; with `hang` in the payload it waits before that."""

        @handles(event_type, kind, timeout=timedelta(seconds=timeout) if timeout else None)
        def handler(event: Event) -> None:
            if event.payload.get("hang"):
                leave_effect(event, "hanging")
                self.release.wait(30)
            leave_effect(event)

    def register_both(self, **options: Any) -> None:
        self.register("test.local", HandlerKind.LOCAL, **options)
        self.register("test.external", HandlerKind.EXTERNAL, **options)

    def emit(self, event_type: str, aggregate_id: object = 1, **payload: Any) -> OutboxEvent:
        return emit_event("TEST", aggregate_id, event_type, payload)
