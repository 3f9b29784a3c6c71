"""Telling the workers that something was committed, without holding up whoever committed it.

A NOTIFY inside the transaction would make all commits queue for one lock of PostgreSQL. So one
thread of this process sends it afterwards, on a connection of its own and seldom; a wake-up that is
lost costs no more than the workers' polling interval.
"""

import logging
import os
import threading
import time

from django.db import Error, connection

from core.database.scarcity import close_if_scarce

logger = logging.getLogger(__name__)

CHANNEL = "outbox"
LEAST_SECONDS_BETWEEN = 0.005


class _Coalescer:
    """Sends one NOTIFY for all wake-ups that were asked for since the last one."""

    def __init__(self, idle_seconds: float = 30.0) -> None:
        self._idle_seconds = idle_seconds
        self._asked = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stopped = False

    def ask(self) -> None:
        """Have a NOTIFY sent soon. Never waits for the database and never raises."""
        self._asked.set()
        with self._lock:
            if self._thread is None:
                self._stopped = False
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

    def _run(self) -> None:
        while not self._stopped:
            if not self._asked.wait(self._idle_seconds):
                # A connection that nobody needs is one that others may need.
                connection.close()
                self._asked.wait()
            self._asked.clear()
            _notify()
            close_if_scarce(connection)
            time.sleep(LEAST_SECONDS_BETWEEN)
        connection.close()


def _notify() -> None:
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
            return


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
