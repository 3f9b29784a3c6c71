"""A queue in memory that a background thread writes to the database in bulk."""

import atexit
import logging
import os
import threading
from collections import deque
from collections.abc import Callable, Sequence

from django.conf import settings
from django.db import Error, connection

logger = logging.getLogger(__name__)

BATCH_SIZE = 500
# Beyond this, the database has been away for long; memory is worth more than statistics.
CAPACITY = 20_000


class EventBuffer[E]:
    """Collects events and hands them to `write`, BATCH_SIZE or ANALYTICS_FLUSH_SECONDS at a time.

    The thread begins with the first event, so a process forked before has its own, and one forked
    later begins empty: what waited belongs to its parent. A batch that cannot be written is
    dropped with a line in the log, as are events beyond CAPACITY.
    """

    def __init__(self, write: Callable[[Sequence[E]], None]) -> None:
        self._write = write
        self._begin_anew()
        os.register_at_fork(after_in_child=self._begin_anew)

    def _begin_anew(self) -> None:
        self._waiting: deque[E] = deque()
        self._changed = threading.Condition()
        self._flushing = threading.Lock()
        self._thread: threading.Thread | None = None

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, event: E) -> None:
        """Queue an event; returns at once."""
        with self._changed:
            if len(self._waiting) >= CAPACITY:
                logger.warning("Analytics events are dropped: too many are waiting.")
                return
            self._waiting.append(event)
            if settings.ANALYTICS_FLUSH_SECONDS and self._thread is None:
                self._thread = threading.Thread(
                    target=self._run, name="analytics-flush", daemon=True
                )
                self._thread.start()
                atexit.register(self.flush)
            if len(self._waiting) in {1, BATCH_SIZE}:
                self._changed.notify()

    def flush(self) -> None:
        """Write what waits, now and in the caller's thread. Never raises for the database."""
        with self._flushing:
            while batch := self._take():
                try:
                    self._write(batch)
                except Error:
                    logger.warning(
                        "Analytics events are lost: the database refused them.",
                        extra={"events": len(batch)},
                        exc_info=True,
                    )

    def clear(self) -> None:
        """Forget what waits."""
        with self._changed:
            self._waiting.clear()

    def _take(self) -> list[E]:
        with self._changed:
            return [self._waiting.popleft() for _ in range(min(BATCH_SIZE, len(self._waiting)))]

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting)
                self._changed.wait_for(
                    lambda: len(self._waiting) >= BATCH_SIZE, settings.ANALYTICS_FLUSH_SECONDS
                )
            self.flush()
            # An idle thread holds no connection.
            connection.close()
