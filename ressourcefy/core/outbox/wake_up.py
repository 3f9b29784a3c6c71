"""Telling the workers that something was committed, without holding up whoever committed it.

A NOTIFY inside the transaction would make all commits queue for one lock of PostgreSQL. So one
thread of this process sends it afterwards, on a connection of its own and seldom. What another
process of this machine has sent since is as good (`core.outbox.last_wake_up`). A wake-up that is
lost costs no more than the workers' polling interval.
"""

import logging
import os
import random
import threading
import time
from collections.abc import Callable

from django.db import Error, connection
from django.db.backends.base.base import BaseDatabaseWrapper

from core.database.scarcity import close_if_scarce
from core.outbox.last_wake_up import LastWakeUp, last_wake_up_of

logger = logging.getLogger(__name__)

CHANNEL = "outbox"
# The latency that is promised (`docs/outbox.md`) has room for both.
LEAST_SECONDS_BETWEEN = 0.005
# So that of those who wait together one is the first.
_MOST_SECONDS_APART = 0.001
_LOOKS_IN_VAIN = 2


class _Coalescer:
    """Sends one NOTIFY for all wake-ups that were asked for since the last one."""

    def __init__(
        self,
        *,
        idle_seconds: float = 30.0,
        seconds_between: float = LEAST_SECONDS_BETWEEN,
        last_of: Callable[[BaseDatabaseWrapper], LastWakeUp] = last_wake_up_of,
    ) -> None:
        self._idle_seconds = idle_seconds
        self._seconds_between = seconds_between
        self._last_of = last_of
        self._asked = threading.Event()
        self._asked_at = self._done_until = 0.0
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stopped = False

    def ask(self) -> None:
        """Have a NOTIFY sent soon. Never waits for the database and never raises."""
        with self._lock:
            # In here, so that of two threads the later one is not overwritten by the earlier one.
            self._asked_at = time.monotonic()
            if not self._asked.is_set():
                self._asked.set()
            if self._thread is None:
                self._stopped = False
                self._last = self._last_of(connection)
                # A daemon: an exit of the process does not wait for it.
                self._thread = threading.Thread(
                    target=self._run, name="outbox-wake-up", daemon=True
                )
                self._thread.start()

    def stop(self) -> None:
        """Send what was asked for and close the connection; `ask` begins anew."""
        with self._lock:
            if self._thread is not None:
                self._stopped = True
                self._asked.set()
                self._thread.join()
                self._thread = None
                self._last.remove()

    def _run(self) -> None:
        while not (self._stopped and self._is_done()):
            if not self._asked.wait(self._idle_seconds):
                # A connection that nobody needs is one that others may need.
                connection.close()
                self._asked.wait()
            self._asked.clear()
            self._serve()
        connection.close()

    def _serve(self) -> None:
        """Send what is asked for, and wait a little for more.

        To look again after a while costs less than to be woken by everyone who asks.
        """
        looks = 0
        while looks < _LOOKS_IN_VAIN:
            if self._is_done():
                looks += 1
                time.sleep(0 if self._stopped else self._seconds_between)
            elif (left := self._seconds_between - self._last.age()) > 0:
                time.sleep(left + random.uniform(0, _MOST_SECONDS_APART))  # noqa: S311 - no secret
            else:
                looks = 0
                self._send()

    def _is_done(self) -> bool:
        """Whether a wake-up has begun since one was last asked for, here or elsewhere."""
        return self._asked_at <= self._done_until or self._last.was_sent_since(self._asked_at)

    def _send(self) -> None:
        begun_at = self._last.begin()
        if _notify():
            self._last.sent(begun_at)
        # Where it could not be sent, the workers' polling is left.
        self._done_until = begun_at
        close_if_scarce(connection)


def _notify() -> bool:
    """Send a NOTIFY now; whether PostgreSQL took it."""
    for attempt in ("on the connection in hand", "on a new one, after a restart of the database"):
        try:
            with connection.cursor() as cursor:
                cursor.execute(f"NOTIFY {CHANNEL}")
        except Error as error:
            connection.close()
            logger.warning(
                "The outbox workers could not be woken.",
                extra={"attempt": attempt, "error": type(error).__name__},
            )
        else:
            return True
    return False


_coalescer = _Coalescer()


def wake_workers() -> None:
    """Have the workers look for events soon; call it once the events are committed."""
    _coalescer.ask()


def stop_waking() -> None:
    """Close this process's connection for wake-ups, so that a test database can be dropped."""
    _coalescer.stop()


def _begin_anew() -> None:
    """A forked child has the parent's object, but not its thread."""
    global _coalescer  # noqa: PLW0603 - replaced whole: its lock may be held by a lost thread
    _coalescer = _Coalescer()


os.register_at_fork(after_in_child=_begin_anew)
