"""Worker processes that are killed, stopped, and in each other's way."""

import signal
from collections import Counter

from django.test import TransactionTestCase, tag

from core.models import OutboxEvent
from core.tests.factories import make_event, make_events
from core.tests.outbox_helpers import (
    drop_effects_table,
    effects,
    effects_by_event,
    is_drained,
    make_effects_table,
    statuses,
    wait_until,
    worker_process,
)

_SHORT_LEASE = {
    "OUTBOX_LEASE_SECONDS": "3",
    "OUTBOX_HANDLER_TIMEOUT_SECONDS": "2",
    "EMAIL_TIMEOUT_SECONDS": "1",
}


@tag("slow")
class WorkerProcessTests(TransactionTestCase):
    def setUp(self) -> None:
        make_effects_table()
        self.addCleanup(drop_effects_table)

    def test_killed_in_the_middle_loses_nothing_and_doubles_nothing_here(self) -> None:
        """60 events, half of them external; 2 workers, one is killed, its lease is 3 s."""
        for number in range(60):
            kind = ("test.local", "test.both")[number % 2]
            make_event(kind, {"number": number, "seconds": 0.02}, aggregate_id=number)
        with (
            worker_process("--threads=2", environment=_SHORT_LEASE) as victim,
            worker_process("--threads=2", "--interval=0.5", environment=_SHORT_LEASE),
        ):
            wait_until(lambda: effects("external"))
            victim.send(signal.SIGKILL)

            wait_until(is_drained, seconds=40)

        self.assertEqual(statuses(), {"COMPLETED": 60})
        self.assertEqual(Counter(effects_by_event("local").values()), {1: 60})
        outside = effects_by_event("external")
        self.assertEqual(len(outside), 30)
        self.assertLessEqual(sum(outside.values()) - 30, 2, "one for each thread of the victim")

    def test_told_to_stop_finishes_what_it_began_and_leaves_the_rest(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(signal=number.name):
                OutboxEvent.objects.all().delete()
                make_effects_table()
                for aggregate in range(10):
                    make_event("test.external", {"seconds": 0.5}, aggregate_id=aggregate)
                with worker_process("--threads=2") as worker:
                    wait_until(lambda: len(effects("begun external")) >= 2)
                    worker.send(number)
                    status, _ = worker.wait()

                begun, done = len(effects("begun external")), len(effects("external"))
                self.assertEqual(status, 0)
                self.assertEqual(begun, done)
                self.assertLess(done, 10)
                self.assertEqual(statuses(), {"COMPLETED": done, "PENDING": 10 - done})

    def test_told_to_stop_gives_back_what_takes_too_long(self) -> None:
        make_event("test.external", {"seconds": 30})
        with worker_process("--threads=2", "--grace=0.2") as worker:
            wait_until(lambda: effects("begun external"))
            worker.send(signal.SIGTERM)
            status, _ = worker.wait()

        event = OutboxEvent.objects.get()
        self.assertEqual(status, 0)
        self.assertEqual((event.status, event.claim_count), ("PENDING", 0))

    def test_told_to_stop_among_local_events_leaves_none_in_progress(self) -> None:
        make_events("test.local", aggregates=2_000)
        OutboxEvent.objects.update(payload={"number": 1, "seconds": 0.005})
        with worker_process() as worker:
            wait_until(lambda: effects("local"))
            worker.send(signal.SIGTERM)
            status, _ = worker.wait()

        done = len(effects("local"))
        self.assertEqual(status, 0)
        self.assertLess(done, 2_000)
        self.assertEqual(statuses(), {"COMPLETED": done, "PENDING": 2_000 - done})
