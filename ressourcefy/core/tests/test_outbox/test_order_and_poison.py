"""Order within an aggregate under several workers, and events that can never succeed."""

import logging
import random
import threading
from collections import Counter, defaultdict

from django.test import TransactionTestCase

from core.models import OutboxEvent
from core.outbox import Event, HandlerKind, handles, temporary_handlers
from core.outbox.wake_up import stop_waking
from core.tests.factories import make_event, make_events
from core.tests.outbox_helpers import (
    drop_effects_table,
    effects,
    is_drained,
    leave_effect,
    make_effects_table,
    running_worker,
    statuses,
    wait_until,
)


class SeveralWorkersCase(TransactionTestCase):
    def setUp(self) -> None:
        self.enterContext(temporary_handlers(keep=False))
        logging.getLogger("core.outbox").setLevel(logging.CRITICAL)
        self.addCleanup(logging.getLogger("core.outbox").setLevel, logging.NOTSET)
        self.addCleanup(stop_waking)
        make_effects_table()
        self.addCleanup(drop_effects_table)

    def drain(self, workers: int) -> None:
        """Run workers until nothing is open; waits for retries pass at once."""

        def is_done() -> bool:
            # As short as a retry's wait; leases, much longer, never run out by this.
            OutboxEvent.objects.filter(status=OutboxEvent.Status.PENDING).exclude(
                error_message=""
            ).update(next_retry_at="2020-01-01T00:00:00Z")
            return is_drained()

        if workers == 0:
            wait_until(is_done, seconds=60)
            return
        with running_worker(interval=0.1, batch=20, threads=3):
            self.drain(workers - 1)


class OrderTests(SeveralWorkersCase):
    def test_holds_within_each_aggregate(self) -> None:
        """50 aggregates x 20 events of both kinds, 3 workers, a tenth fails once."""
        chosen = random.Random(7)
        events = make_events("test.local", aggregates=50, each=20)
        for event in events:
            event.event_type = chosen.choice(["test.local", "test.external"])
            event.payload["fails_once"] = chosen.random() < 0.1
        OutboxEvent.objects.bulk_update(events, ["event_type", "payload"])

        def handler(event: Event) -> None:
            failed_before = OutboxEvent.objects.get(id=event.id).retry_count
            if event.payload["fails_once"] and not failed_before:
                raise ValueError
            leave_effect(event)

        handles("test.local", HandlerKind.LOCAL)(handler)
        handles("test.external", HandlerKind.EXTERNAL)(handler)

        self.drain(workers=3)

        numbers: dict[str, list[int]] = defaultdict(list)
        for aggregate_id, number in effects():
            numbers[aggregate_id].append(number)
        self.assertEqual(len(numbers), 50)
        for aggregate_id, order in numbers.items():
            with self.subTest(aggregate_id=aggregate_id):
                self.assertEqual(order, list(range(20)))


class PoisonTests(SeveralWorkersCase):
    def test_dies_with_a_reason_and_harms_nothing_else(self) -> None:
        """10 events of unknown types and 10 that always raise, among 1,000; 2 workers."""
        tries: Counter[str] = Counter()
        lock = threading.Lock()

        @handles("test.raises", HandlerKind.LOCAL)
        @handles("test.raises.outside", HandlerKind.EXTERNAL)
        def fail(event: Event) -> None:
            with lock:
                tries[str(event.id)] += 1
            raise ValueError("always")

        handles("test.local", HandlerKind.LOCAL)(leave_effect)
        make_events("test.local", aggregates=490)
        for number in range(10):
            make_event(f"test.unknown.{number}", aggregate_id=f"unknown {number}")
            raises = ("test.raises", "test.raises.outside")[number % 2]
            make_event(raises, aggregate_id=f"raises {number}")
        make_events("test.local", aggregates=490)

        self.drain(workers=2)

        dead = OutboxEvent.objects.dead()
        self.assertEqual(statuses(), {"COMPLETED": 980, "FAILED": 20})
        self.assertEqual(set(dead.values_list("retry_count", flat=True)), {5})
        self.assertEqual(
            set(tries.values()), {5}, "an event is tried five times, however it is batched"
        )
        self.assertEqual(dead.filter(error_message="ValueError: always").count(), 10)
        self.assertEqual(dead.filter(error_message__startswith="UnregisteredEventType").count(), 10)
        self.assertEqual(len(effects()), 980)

    def test_lets_the_rest_of_its_own_aggregate_go_on(self) -> None:
        handles("test.local", HandlerKind.LOCAL)(leave_effect)
        make_event("test.unknown")
        make_event(payload={"number": 2})

        self.drain(workers=1)

        self.assertEqual(effects(), [("1", 2)])
