"""Small jobs that a worker does again and again beside its events."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.db import InterfaceError, OperationalError, connection

from core.outbox.reconnection import Reconnection

logger = logging.getLogger("core.outbox")

# How long a stop may have to wait for an idle thread.
_TICK_SECONDS = 0.25


@dataclass(slots=True)
class _Chore:
    function: Callable[[], None]
    every: timedelta
    due_at: float = 0.0


_chores: list[_Chore] = []


def every(interval: timedelta) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """Have each worker call the decorated function at this interval, and once at its start.

    Several workers may call it at the same time; it has to be short, and to leave alone what
    another one has in hand.
    """

    def register(function: Callable[[], None]) -> Callable[[], None]:
        _chores.append(_Chore(function, interval))
        return function

    return register


class Chores:
    """A thread that does what is due until it is stopped; a chore that fails is logged."""

    def __init__(self) -> None:
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="outbox-chores", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self, *, seconds: float) -> None:
        """Take up nothing new, and wait so long for what is in hand."""
        self._stopped.set()
        self._thread.join(seconds)

    def _run(self) -> None:
        mine = [_Chore(chore.function, chore.every) for chore in _chores]
        reconnection = Reconnection("chores")
        while not self._stopped.is_set():
            for chore in mine:
                if time.monotonic() < chore.due_at or self._stopped.is_set():
                    continue
                chore.due_at = time.monotonic() + chore.every.total_seconds()
                try:
                    chore.function()
                    reconnection.back()
                except (OperationalError, InterfaceError) as error:
                    self._stopped.wait(reconnection.lost(error))
                except Exception:
                    logger.exception(
                        "A chore failed.", extra={"chore": chore.function.__qualname__}
                    )
            self._stopped.wait(_TICK_SECONDS)
        connection.close()
