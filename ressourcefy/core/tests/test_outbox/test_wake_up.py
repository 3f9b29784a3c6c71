"""Wake-ups: sent after the commit, seldom, by any process, and never in anybody's way."""

import logging
import os
import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from django.db import OperationalError, connection, transaction
from django.test import TransactionTestCase

from core.outbox import HandlerKind, emit_event, handles, temporary_handlers
from core.outbox.last_wake_up import LastWakeUp
from core.outbox.wake_up import (
    CHANNEL,
    LEAST_SECONDS_BETWEEN,
    _begin_anew,
    _Coalescer,
    _notify,
    stop_waking,
    wake_workers,
)
from core.tests.outbox_helpers import (
    drop_effects_table,
    effects,
    in_threads,
    make_effects_table,
    terminate_other_connections,
    wait_until,
    worker_process,
)


@contextmanager
def listening() -> Iterator[psycopg.Connection]:
    """A connection that hears the wake-ups."""
    parameters = connection.get_connection_params()
    with psycopg.connect(
        **{key: parameters[key] for key in parameters if key not in {"context", "cursor_factory"}},
        autocommit=True,
    ) as listener:
        listener.execute(f"LISTEN {CHANNEL}")
        yield listener


def heard(listener: psycopg.Connection, *, seconds: float = 5, stop_after: int | None = 1) -> int:
    """How many wake-ups come."""
    return len(list(listener.notifies(timeout=seconds, stop_after=stop_after)))


class WakeUpTests(TransactionTestCase):
    def setUp(self) -> None:
        self.enterContext(temporary_handlers(keep=False))
        handles("test.local")(lambda event: None)
        self.addCleanup(stop_waking)

    def test_follows_the_commit_and_not_the_emission(self) -> None:
        with listening() as listener:
            with transaction.atomic():
                emit_event("TEST", "1", "test.local", {})
                before = heard(listener, seconds=0.2)
            after = heard(listener)

        self.assertEqual((before, after), (0, 1))

    def test_is_not_sent_for_what_was_rolled_back(self) -> None:
        with listening() as listener:
            with transaction.atomic():
                emit_event("TEST", "1", "test.local", {})
                transaction.set_rollback(True)

            self.assertEqual(heard(listener, seconds=0.2), 0)

    def test_is_sent_at_most_once_in_five_milliseconds(self) -> None:
        with listening() as listener:
            begun_at = time.monotonic()
            for _ in range(2_000):
                wake_workers()
                time.sleep(0.0001)
            stop_waking()
            taken = time.monotonic() - begun_at
            count = heard(listener, seconds=0.3, stop_after=None)

        self.assertGreater(count, 1)
        self.assertLessEqual(count, taken / LEAST_SECONDS_BETWEEN + 1)

    def test_is_sent_by_a_forked_process_too(self) -> None:
        wake_workers()
        with listening() as listener:
            heard(listener, seconds=0.2)
            child = os.fork()
            if child == 0:
                wake_workers()
                stop_waking()
                os._exit(0)
            os.waitpid(child, 0)

            self.assertEqual(heard(listener), 1)

    def test_is_sent_by_what_replaces_the_sender_after_a_fork(self) -> None:
        stop_waking()
        _begin_anew()
        with listening() as listener:
            wake_workers()

            self.assertEqual(heard(listener), 1)

    def test_survives_a_restart_of_the_database(self) -> None:
        with listening() as listener:
            wake_workers()
            heard(listener)
        terminate_other_connections()
        with listening() as listener, self.assertLogs("core.outbox", "WARNING"):
            wake_workers()

            self.assertEqual(heard(listener), 1)

    def test_that_cannot_be_sent_is_a_warning_and_nothing_more(self) -> None:
        def refuse(*_: object) -> None:
            raise OperationalError

        with (
            connection.execute_wrapper(refuse),
            self.assertLogs("core.outbox", logging.WARNING) as logs,
        ):
            _notify()

        self.assertEqual(len(logs.records), 2)

    def test_of_another_process_that_began_later_is_as_good(self) -> None:
        last = self.last()
        coalescer = self.coalescer(last, seconds_between=1.0)
        with listening() as listener:
            last.begin()
            coalescer.ask()
            last.sent(last.begin())

            self.assertEqual(heard(listener, seconds=1.5), 0)

    def test_of_another_process_that_began_earlier_is_not(self) -> None:
        last = self.last()
        coalescer = self.coalescer(last)
        with listening() as listener:
            last.sent(last.begin())
            coalescer.ask()

            self.assertEqual(heard(listener), 1)

    def test_of_another_process_that_never_sent_it_is_not(self) -> None:
        last = self.last()
        coalescer = self.coalescer(last, seconds_between=0.2)
        with listening() as listener:
            last.begin()
            coalescer.ask()
            last.begin()

            self.assertEqual(heard(listener), 1)

    def test_that_could_not_be_sent_is_not_tried_for_ever(self) -> None:
        coalescer = self.coalescer(self.last())
        reached = connection.settings_dict["PORT"]
        self.addCleanup(connection.settings_dict.update, PORT=reached)
        connection.settings_dict["PORT"] = "1"

        with self.assertLogs("core.outbox", logging.WARNING) as logs:
            coalescer.ask()
            coalescer.stop()

        self.assertEqual(len(logs.records), 2)

    def test_gives_an_idle_connection_back_and_takes_another(self) -> None:
        coalescer = _Coalescer(idle_seconds=0.01)
        self.addCleanup(coalescer.stop)
        with listening() as listener:
            coalescer.ask()
            heard(listener)
            wait_until(lambda: self.connections() == 1)
            coalescer.ask()

            self.assertEqual(heard(listener), 1)

    def last(self) -> LastWakeUp:
        """What processes of a machine of its own know."""
        return LastWakeUp(Path(self.enterContext(tempfile.TemporaryDirectory())) / "mark")

    def coalescer(self, last: LastWakeUp, **options: float) -> _Coalescer:
        """What each process has, here several times."""
        coalescer = _Coalescer(last_of=lambda _: last, **options)
        self.addCleanup(coalescer.stop)
        return coalescer

    def connections(self) -> int:
        """How many others there are to this database: the listening one, and who wakes."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid() "
                "AND backend_type = 'client backend'"
            )
            return int(cursor.fetchone()[0])


class SeveralProcessesTests(TransactionTestCase):
    """The worker never looks by itself: an event without a wake-up would stay."""

    def setUp(self) -> None:
        self.enterContext(temporary_handlers(keep=False))
        handles("test.local", HandlerKind.LOCAL)(lambda event: None)
        make_effects_table()
        self.addCleanup(drop_effects_table)
        self.addCleanup(stop_waking)

    def test_that_emit_at_the_same_time_leave_no_event_behind(self) -> None:
        with worker_process("--interval=1000"):
            self.emit("first", 1)
            wait_until(lambda: len(effects("local")) == 1)
            children = [self.emitting_process(name) for name in ("a", "b", "c", "d")]
            statuses = [os.waitpid(child, 0)[1] for child in children]

            self.assertEqual(statuses, [0, 0, 0, 0])
            wait_until(lambda: len(effects("local")) == 1 + 4 * 60)

    def emitting_process(self, name: str) -> int:
        child = os.fork()
        if child == 0:
            status = 1
            try:
                # In a thread, whose connection is not the parent's.
                in_threads(1, lambda: self.emit(name, 60))
                stop_waking()
                status = 0
            finally:
                os._exit(status)
        return child

    def emit(self, name: str, count: int) -> None:
        for number in range(count):
            with transaction.atomic():
                emit_event("TEST", f"{name} {number}", "test.local", {"number": number})
            time.sleep(random.uniform(0, 0.01))
