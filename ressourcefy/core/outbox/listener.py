"""Hearing the wake-ups that committing processes send."""

import threading
from collections.abc import Callable

import psycopg
from django.db import Error, connection

from core.outbox.reconnection import Reconnection
from core.outbox.wake_up import CHANNEL

# How long a stop may have to wait for this thread.
_SECONDS_A_LISTEN = 0.25


class Listener:
    """A thread that calls `heard` for each wake-up, and once for each time it begins to listen."""

    def __init__(self, heard: Callable[[], None]) -> None:
        self._heard = heard
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="outbox-listener", daemon=True)

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def stop(self) -> None:
        """Close the connection; returns when that is done."""
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        reconnection = Reconnection("listener")
        while not self._stopped.is_set():
            try:
                self._listen(reconnection)
            except (psycopg.Error, Error) as error:
                self._stopped.wait(reconnection.lost(error))
        connection.close()

    def _listen(self, reconnection: Reconnection) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"LISTEN {CHANNEL}")
        reconnection.back()
        # Whatever was committed while nobody listened.
        self._heard()
        while not self._stopped.is_set():
            for _ in connection.connection.notifies(timeout=_SECONDS_A_LISTEN, stop_after=1):
                self._heard()
