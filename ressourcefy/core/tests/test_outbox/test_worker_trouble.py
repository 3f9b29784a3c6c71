"""The worker without its database, with lost claims and with frozen time."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from django.db import OperationalError, connection
from django.test import override_settings

from core.models import OutboxEvent
from core.outbox import Event, HandlerKind, handles
from core.outbox.claims import claim_due
from core.outbox.external_pool import ExternalPool, Job
from core.outbox.local_lane import LocalLane
from core.outbox.reconnection import Reconnection
from core.tests.factories import make_event
from core.tests.outbox_cases import NEVER, WorkerCase
from core.tests.outbox_helpers import (
    effects,
    is_drained,
    leave_effect,
    running_worker,
    statuses,
    terminate_other_connections,
    wait_until,
)

_Status = OutboxEvent.Status


class LostDatabaseTests(WorkerCase):
    def test_is_waited_for(self) -> None:
        self.register_both()
        with running_worker(interval=0.2):
            for number in range(3):
                terminate_other_connections()
                for event_type in ("test.local", "test.external"):
                    make_event(event_type, aggregate_id=event_type, payload={"number": number})
                wait_until(is_drained)

        self.assertEqual(statuses(), {"COMPLETED": 6})

    def test_is_noticed_by_a_thread_that_was_idle(self) -> None:
        self.register("test.external", HandlerKind.EXTERNAL)
        with running_worker(interval=NEVER, threads=1):
            self.emit("test.external", number=1)
            wait_until(is_drained)
            terminate_other_connections()
            time.sleep(1.1)  # the shortest time of idleness that counts
            self.emit("test.external", number=2)
            wait_until(is_drained)

        self.assertEqual(effects(), [("1", 1), ("1", 2)])
        self.assertEqual(set(OutboxEvent.objects.values_list("wait_count", flat=True)), {0})

    def test_under_a_handler_that_is_done_outside_does_not_repeat_it(self) -> None:
        @handles("test.external")
        def restart(event: Event) -> None:
            leave_effect(event)
            with connection.cursor() as cursor:
                try:
                    cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
                except OperationalError:
                    return

        self.emit("test.external")
        with running_worker(interval=0.2):
            wait_until(is_drained)

        self.assertEqual((statuses(), len(effects())), ({"COMPLETED": 1}, 1))

    def test_that_refuses_the_result_leaves_the_event_to_the_end_of_its_lease(self) -> None:
        refused = threading.Event()

        @handles("test.external")
        def spoil(event: Event) -> None:
            refuse_writing(refused)

        self.emit("test.external")
        with running_worker(interval=NEVER):
            self.assertTrue(refused.wait(10))

        self.assertEqual(statuses(), {"PROCESSING": 1})

    def test_that_refuses_a_local_batch_gets_it_back_later(self) -> None:
        refused = threading.Event()

        @handles("test.local", HandlerKind.LOCAL)
        def spoil(event: Event) -> None:
            if not refused.is_set():
                refuse_writing(refused)
            leave_effect(event)

        self.emit("test.local")
        with running_worker(interval=NEVER):
            wait_until(is_drained)

        self.assertEqual((statuses(), len(effects())), ({"COMPLETED": 1}, 1))


def refuse_writing(refused: threading.Event) -> None:
    """Have this thread's next statements that record a result fail, as on a full disk."""
    left = 4

    def refuse(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        nonlocal left
        if "UPDATE core_outboxevent" in sql:
            left -= 1
            if left == 0:
                connection.execute_wrappers.remove(refuse)
            refused.set()
            raise OperationalError("No space left on device")
        return execute(sql, *rest)

    # Outermost: the savepoint of the handler takes the innermost one away at its end.
    connection.execute_wrappers.insert(0, refuse)


class JobTests(WorkerCase):
    def test_gives_up_writing_its_result_down_when_the_lease_is_over(self) -> None:
        self.register("test.external", HandlerKind.EXTERNAL)
        self.emit("test.external")
        job = Job(claim_due(1)[0])
        job.renewed_at -= 61

        def fail() -> None:
            connection.close()
            raise OperationalError

        with self.assertRaises(OperationalError):
            job.persist(fail)

        self.assertTrue(job.is_done_outside)
        self.assertFalse(job.is_overdue)

    def test_of_a_frozen_worker_does_not_begin_with_what_another_took_over(self) -> None:
        self.register("test.external", HandlerKind.EXTERNAL)
        self.emit("test.external")
        claim = claim_due(1)[0]
        answers = []
        for _ in range(2):
            job = Job(claim)
            job.renewed_at -= 31  # more than half of the lease
            answers.append(job.begin())
            OutboxEvent.objects.update(locked_by="another")

        self.assertEqual(answers, [True, False])

    def test_that_waits_is_not_overdue(self) -> None:
        self.register("test.external", HandlerKind.EXTERNAL, timeout=0.001)
        self.emit("test.external")
        job = Job(claim_due(1)[0])
        time.sleep(0.002)

        before = job.is_overdue
        job.begin()
        time.sleep(0.002)

        self.assertEqual((before, job.is_overdue), (False, True))

    def test_that_was_lost_while_it_waited_is_not_delivered(self) -> None:
        self.register("test.external", HandlerKind.EXTERNAL)
        self.emit("test.external")
        claim = claim_due(1)[0]
        OutboxEvent.objects.update(locked_by="another")
        ended = threading.Event()
        with override_settings(OUTBOX_LEASE_SECONDS=0):
            pool = ExternalPool(1, finished=lambda *_: ended.set())
            pool.submit(claim)
            self.assertTrue(ended.wait(10))
        pool.end_threads()

        self.assertEqual(effects(), [])


class ReconnectionTests(WorkerCase):
    def test_waits_longer_each_time_and_says_so_once(self) -> None:
        logging.getLogger("core.outbox").setLevel(logging.NOTSET)
        reconnection = Reconnection("test")

        with self.assertLogs("core.outbox") as logs:
            waits = [reconnection.lost(OperationalError()) for _ in range(8)]
            reconnection.back()
            reconnection.back()

        self.assertEqual(waits, [0.2, 0.4, 0.8, 1.6, 2.0, 2.0, 2.0, 2.0])
        self.assertEqual([record.levelname for record in logs.records], ["ERROR", "WARNING"])


class LocalLaneTests(WorkerCase):
    def test_that_holds_nothing_has_nothing_to_give_back(self) -> None:
        lane = LocalLane(batch=1, interval=1, progressed=self.fail, ended=self.fail)

        with self.assertNumQueries(0):
            lane.abandon(blame=True)

        self.assertFalse(lane.is_alive)
        self.assertFalse(lane.is_overdue)

    def test_that_meets_an_unknown_type_is_not_overdue(self) -> None:
        lane = LocalLane(batch=1, interval=1, progressed=self.fail, ended=self.fail)
        make_event("test.unknown")

        lane._begin(claim_due(1)[0])

        self.assertFalse(lane.is_overdue)
