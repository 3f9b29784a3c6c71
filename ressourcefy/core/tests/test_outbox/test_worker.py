"""The worker in a thread of the test: woken, patient, bounded in time, orderly at its end."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import OperationalError, connection
from django.db.models.functions import Now
from django.test import override_settings

from core.models import OutboxEvent
from core.outbox import Event, HandlerKind, handles, temporary_handlers
from core.outbox.claims import claim_expired
from core.outbox.worker import TooManyHang, Worker
from core.tests.factories import make_event, make_events
from core.tests.outbox_cases import NEVER, WorkerCase
from core.tests.outbox_helpers import (
    effects,
    is_drained,
    running_worker,
    statuses,
    wait_until,
)

_Status = OutboxEvent.Status


def make_left_event(event_type: str, **fields: Any) -> None:
    """An event that a worker had claimed which is gone, and whose lease is over."""
    make_event(
        event_type,
        status=_Status.PROCESSING,
        locked_by="gone",
        locked_until=Now() - timedelta(seconds=1),
        claim_count=1,
        **fields,
    )


class WorkerTests(WorkerCase):
    def test_handles_what_was_there_before_it_began(self) -> None:
        self.register_both()
        make_events("test.local", aggregates=30)
        make_events("test.external", aggregates=30)

        with running_worker(interval=NEVER, batch=7, threads=3):
            wait_until(is_drained)

        self.assertEqual(statuses(), {"COMPLETED": 60})
        self.assertEqual(len(effects()), 60)

    def test_is_woken_by_a_commit(self) -> None:
        self.register_both()
        with running_worker(interval=NEVER):
            for number in range(3):
                for event_type in ("test.local", "test.external"):
                    self.emit(event_type, number=number)
                wait_until(is_drained)

        self.assertEqual(len(effects()), 6)

    def test_finds_by_polling_what_no_wake_up_told_of(self) -> None:
        self.register_both()
        with running_worker(interval=0.1):
            wait_until(self.is_listening)
            for event_type in ("test.local", "test.external"):
                make_event(event_type, aggregate_id=event_type)

            wait_until(is_drained)

    def test_without_external_handlers_needs_none(self) -> None:
        self.register("test.local", HandlerKind.LOCAL)
        self.emit("test.local")

        with running_worker(interval=NEVER):
            wait_until(is_drained)

    def test_goes_on_within_an_aggregate_across_the_kinds(self) -> None:
        self.register_both()
        for number in range(6):
            self.emit(("test.local", "test.external")[number % 2], number=number)

        with running_worker(interval=NEVER):
            wait_until(is_drained)

        self.assertEqual(effects(), [("1", number) for number in range(6)])

    def test_takes_over_what_another_worker_left(self) -> None:
        self.register_both()
        for event_type in ("test.local", "test.external"):
            make_left_event(event_type, aggregate_id=event_type)

        with running_worker(interval=NEVER):
            wait_until(is_drained)

        self.assertEqual(statuses(), {"COMPLETED": 2})

    def test_takes_over_what_an_older_version_left_in_the_other_lane(self) -> None:
        self.register_both()
        make_left_event("test.external", is_external=False)

        with running_worker(interval=NEVER):
            wait_until(is_drained)

        self.assertEqual(len(effects()), 1)

    def is_listening(self) -> bool:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                "AND query = 'LISTEN outbox'"
            )
            return bool(cursor.fetchone()[0])


class TimeOutTests(WorkerCase):
    def test_of_an_external_handler_postpones_its_event_and_delays_no_other(self) -> None:
        self.register("test.external", HandlerKind.EXTERNAL, timeout=0.3)
        slow = self.emit("test.external", 1, hang=True)
        self.emit("test.external", 2)
        with running_worker(interval=NEVER, threads=1):
            wait_until(lambda: statuses()["COMPLETED"] == 1)
            slow.refresh_from_db()
            self.release.set()
            wait_until(lambda: len(effects()) == 2)

        self.assertEqual((slow.status, slow.wait_count), (_Status.PENDING, 1))
        self.assertEqual(slow.error_message, "TimedOut: not done after 0.3 seconds")
        # The late end of the handler changed nothing.
        self.assertEqual(statuses(), {"COMPLETED": 1, "PENDING": 1})

    def test_of_a_local_handler_ends_its_transaction_and_frees_the_batch(self) -> None:
        self.register("test.local", HandlerKind.LOCAL, timeout=0.3)
        slow = self.emit("test.local", 1, hang=True, number=1)
        self.emit("test.local", 2, number=2)
        with running_worker(interval=NEVER):
            wait_until(lambda: statuses()["COMPLETED"] == 1)
            wait_until(lambda: not self.is_anyone_in_a_transaction())
            self.release.set()
            slow.refresh_from_db()

        self.assertEqual((slow.status, slow.wait_count), (_Status.PENDING, 1))
        self.assertEqual(effects(), [("2", 2)])
        self.assertEqual(effects("hanging"), [])

    def is_anyone_in_a_transaction(self) -> bool:
        """Whether locks of a hanging handler are in others' way."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity "
                "WHERE datname = current_database() AND state = 'idle in transaction'"
            )
            return bool(cursor.fetchone()[0])

    @override_settings(OUTBOX_LEASE_SECONDS=1)
    def test_of_a_long_handler_is_bridged_by_renewing_its_lease(self) -> None:
        self.register("test.external", HandlerKind.EXTERNAL, timeout=20)
        event = self.emit("test.external", hang=True)
        with running_worker(interval=NEVER):
            wait_until(lambda: effects("hanging"))
            ends_at = time.monotonic() + 2
            while time.monotonic() < ends_at:
                self.assertEqual(claim_expired(), [])
                time.sleep(0.05)
            self.release.set()
            wait_until(is_drained)

        event.refresh_from_db()
        self.assertEqual((event.status, len(effects())), (_Status.COMPLETED, 1))

    def test_of_very_many_handlers_ends_the_worker(self) -> None:
        self.register("test.external", HandlerKind.EXTERNAL, timeout=0.01)
        for number in range(12):
            self.emit("test.external", number, hang=True)

        with (
            self.assertRaisesMessage(TooManyHang, "hang"),
            running_worker(interval=NEVER, threads=5, grace=0.2) as worker,
        ):
            wait_until(lambda: worker.has_ended)


class StopTests(WorkerCase):
    def test_finishes_what_is_in_hand(self) -> None:
        self.register("test.external", HandlerKind.EXTERNAL)
        self.emit("test.external", hang=True)
        with running_worker(interval=NEVER, grace=20) as worker:
            wait_until(lambda: effects("hanging"))
            worker.stop()
            threading.Timer(0.3, self.release.set).start()

        self.assertEqual(statuses(), {"COMPLETED": 1})

    def test_gives_back_what_does_not_end_within_the_grace_period(self) -> None:
        self.register("test.external", HandlerKind.EXTERNAL)
        self.emit("test.external", hang=True)
        with running_worker(interval=NEVER, grace=0.2):
            wait_until(lambda: effects("hanging"))

        event = OutboxEvent.objects.get()
        self.assertEqual((event.status, event.locked_by), (_Status.PENDING, ""))
        self.assertEqual((event.retry_count, event.wait_count, event.claim_count), (0, 0, 0))

    def test_gives_back_what_waits_for_a_thread(self) -> None:
        self.register("test.external", HandlerKind.EXTERNAL)
        for number in range(6):
            self.emit("test.external", number, hang=True)
        with running_worker(interval=NEVER, threads=4, grace=20) as worker:
            wait_until(lambda: len(effects("hanging")) == 4 and statuses()["PROCESSING"] == 5)
            worker.stop()
            wait_until(lambda: statuses()["PENDING"] == 2)
            self.release.set()

        self.assertEqual(statuses(), {"COMPLETED": 4, "PENDING": 2})
        self.assertEqual(set(OutboxEvent.objects.values_list("claim_count", flat=True)), {0})

    def test_gives_back_local_events_that_do_not_end(self) -> None:
        begun = threading.Event()

        @handles("test.local", HandlerKind.LOCAL)
        def hang(event: Event) -> None:
            begun.set()
            self.release.wait(30)

        make_events("test.local", aggregates=3)
        with running_worker(interval=NEVER, grace=0.2):
            self.assertTrue(begun.wait(10))

        self.assertEqual(statuses(), {"PENDING": 3})

    def test_leaves_what_it_cannot_give_back_to_the_end_of_the_lease(self) -> None:
        self.register("test.external", HandlerKind.EXTERNAL)
        self.emit("test.external", hang=True)
        worker = Worker(interval=NEVER, grace=0.1)

        def refuse(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
            if "greatest(claim_count" in sql:
                raise OperationalError
            return execute(sql, *rest)

        def stop_when_it_hangs() -> None:
            try:
                wait_until(lambda: effects("hanging"))
            finally:
                worker.stop()
                connection.close()

        stopper = threading.Thread(target=stop_when_it_hangs)
        stopper.start()
        with connection.execute_wrapper(refuse):
            worker.run()
        stopper.join()

        self.assertEqual(statuses(), {"PROCESSING": 1})

    def test_of_a_thread_by_an_error_of_its_own_ends_the_worker_with_it(self) -> None:
        for kind in HandlerKind:
            with self.subTest(kind=kind), temporary_handlers(keep=False):
                make_event(aggregate_id=kind)

                @handles("test.local", kind)
                def interrupt(event: Event) -> None:
                    raise KeyboardInterrupt

                with (
                    self.assertRaises(KeyboardInterrupt),
                    running_worker(interval=NEVER, grace=0.2) as worker,
                ):
                    wait_until(lambda: worker.has_ended)
