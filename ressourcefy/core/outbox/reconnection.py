"""Waiting for a database that went away: every thread of a worker outlives that."""

import logging

from django.db import connection

logger = logging.getLogger("core.outbox")

_FIRST_WAIT = 0.1
_LONGEST_WAIT = 2.0


class Reconnection:
    """Says how long to wait before the next try, and logs once for each time of trouble."""

    def __init__(self, who: str) -> None:
        self._who = who
        self._failures = 0

    def lost(self, error: Exception) -> float:
        """Drop the connection; the seconds to wait."""
        connection.close()
        if self._failures == 0:
            logger.error(
                "The database refuses or is away; the worker waits for it.",
                extra={"part": self._who, "error": type(error).__name__},
            )
        self._failures += 1
        return float(min(_FIRST_WAIT * 2 ** min(self._failures, 10), _LONGEST_WAIT))

    def back(self) -> None:
        """The database answered."""
        if self._failures:
            logger.warning("The database is back.", extra={"part": self._who})
        self._failures = 0
