"""The queue behind `track_later`: its thread, its bounds, and processes that fork."""

import os
import threading
import time
from collections.abc import Callable, Sequence

from django.db import DatabaseError
from django.test import SimpleTestCase, override_settings

from analytics.services import buffer
from analytics.services.buffer import BATCH_SIZE, EventBuffer


def wait_until(condition: Callable[[], object]) -> None:
    """Return once the condition is true."""
    ends_at = time.monotonic() + 20
    while not condition():
        if time.monotonic() > ends_at:
            raise AssertionError("It never came true.")
        time.sleep(0.005)


class EventBufferTests(SimpleTestCase):
    def setUp(self) -> None:
        self.batches: list[list[int]] = []
        self.writers: set[str] = set()
        self.buffer: EventBuffer[int] = EventBuffer(self.write)

    def write(self, batch: Sequence[int]) -> None:
        self.writers.add(threading.current_thread().name)
        self.batches.append(list(batch))

    def add_all(self, events: Sequence[int]) -> None:
        for event in events:
            self.buffer.add(event)

    def written(self) -> list[int]:
        return [event for batch in self.batches for event in batch]

    def test_waits_to_be_asked_without_an_interval(self) -> None:
        self.buffer.add(1)
        self.assertEqual((self.batches, len(self.buffer)), ([], 1))

        self.buffer.flush()

        self.assertEqual((self.batches, len(self.buffer)), ([[1]], 0))

    def test_writes_in_batches_and_in_order(self) -> None:
        for event in range(BATCH_SIZE + 1):
            self.buffer.add(event)

        self.buffer.flush()

        self.assertEqual([len(batch) for batch in self.batches], [BATCH_SIZE, 1])
        self.assertEqual(self.written(), list(range(BATCH_SIZE + 1)))

    def test_writes_from_a_thread_of_its_own_after_the_interval(self) -> None:
        with override_settings(ANALYTICS_FLUSH_SECONDS=0.05):
            for event in range(3):
                self.buffer.add(event)
            wait_until(lambda: len(self.written()) == 3)
            self.buffer.add(3)
            wait_until(lambda: len(self.written()) == 4)

        self.assertEqual(self.written(), [0, 1, 2, 3])
        self.assertEqual(self.writers, {"analytics-flush"})

    def test_writes_a_full_batch_without_waiting_for_the_interval(self) -> None:
        with override_settings(ANALYTICS_FLUSH_SECONDS=600.0):
            for event in range(BATCH_SIZE):
                self.buffer.add(event)

            wait_until(lambda: len(self.written()) == BATCH_SIZE)

    def test_loses_no_event_of_many_threads(self) -> None:
        with override_settings(ANALYTICS_FLUSH_SECONDS=0.01):
            threads = [
                threading.Thread(target=self.add_all, args=(range(first, first + 500),))
                for first in range(0, 4_000, 500)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            wait_until(lambda: len(self.written()) >= 4_000)

        self.assertEqual(sorted(self.written()), list(range(4_000)))

    def test_drops_a_batch_that_the_database_refuses_and_goes_on(self) -> None:
        def refuse(batch: Sequence[int]) -> None:
            if 1 in batch:
                raise DatabaseError
            self.write(batch)

        refusing = EventBuffer(refuse)
        refusing.add(1)

        with self.assertLogs(buffer.__name__, "WARNING"):
            refusing.flush()
        refusing.add(2)
        refusing.flush()

        self.assertEqual(self.written(), [2])

    def test_keeps_no_more_than_its_capacity(self) -> None:
        for event in range(buffer.CAPACITY):
            self.buffer.add(event)

        with self.assertLogs(buffer.__name__, "WARNING"):
            self.buffer.add(-1)

        self.assertEqual(len(self.buffer), buffer.CAPACITY)

    def test_begins_empty_in_a_forked_process(self) -> None:
        self.buffer.add(1)

        child = os.fork()
        if child == 0:
            os._exit(len(self.buffer))
        _pid, status = os.waitpid(child, 0)

        self.assertEqual(os.waitstatus_to_exitcode(status), 0)
        self.assertEqual(len(self.buffer), 1)
