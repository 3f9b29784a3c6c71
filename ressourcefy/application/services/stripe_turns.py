"""How many requests of one process may wait for Stripe at once.

The threads of a web server are few. While Stripe is slow, two of them wait for it and further
requests are refused at once, so that the others serve whoever does not pay. While it answers as
usual, further requests wait for their turn.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from application.exceptions import PaymentsUnavailable

_AT_ONCE = 2
# What takes longer is trouble, and nobody waits behind it.
_SLOW_SECONDS = 2.0
# What takes no longer shows that the trouble is over.
_USUAL_SECONDS = 1.0


class Turns:
    """Who may wait for Stripe, and whether it is worth while to queue for it."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._began: dict[object, float] = {}
        self._is_slow = False

    @contextmanager
    def taken(self, *, seconds: float) -> Iterator[None]:
        """A turn, waited for `seconds` at most. Raises PaymentsUnavailable where there is none."""
        turn = object()
        with self._changed:
            self._wait(until=time.monotonic() + seconds)
            self._began[turn] = time.monotonic()
        try:
            yield
        finally:
            with self._changed:
                took = time.monotonic() - self._began.pop(turn)
                self._is_slow = took > (_USUAL_SECONDS if self._is_slow else _SLOW_SECONDS)
                self._changed.notify_all()

    def _wait(self, *, until: float) -> None:
        while len(self._began) >= _AT_ONCE:
            now = time.monotonic()
            slow_from = min(self._began.values()) + _SLOW_SECONDS
            self._is_slow = self._is_slow or now >= slow_from
            if self._is_slow or now >= until:
                raise PaymentsUnavailable
            self._changed.wait(min(until, slow_from) - now)
