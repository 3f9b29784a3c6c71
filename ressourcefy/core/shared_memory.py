"""The Redis that processes share, where REDIS_URL names one; whoever asks it can do without.

It never holds anything up: an answer comes within a quarter of a second or not at all, and after a
failure nobody asks for RETRY_SECONDS.
"""

import functools
import logging
import sys
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    # Loading it takes a third of a second, which nobody without a REDIS_URL has to wait for.
    from redis import Redis

logger = logging.getLogger(__name__)

RETRY_SECONDS = 10.0


class NoSharedMemory(Exception):
    """There is none, or it does not answer."""


class Bytes:
    """For Django's cache: bytes as they are. Nothing that comes from a server is unpickled."""

    def dumps(self, value: bytes) -> bytes:
        return value

    def loads(self, value: bytes) -> bytes:
        return value


@functools.cache
def _client(address: str) -> "Redis":
    from redis import ConnectionPool, Redis  # noqa: PLC0415 - see above

    # A pool that is handed over, as Django's own, tries nothing a second time.
    return Redis(connection_pool=ConnectionPool.from_url(address, **settings.REDIS_OPTIONS))


class Availability:
    """What this process knows of the server; what one thread finds out holds for all."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._is_well = True
        self._ask_at = 0.0

    def attempt[R](self, question: Callable[[], R]) -> R:
        """What `question` returns. Raises NoSharedMemory where the server does not answer."""
        if not self._is_well and time.monotonic() < self._ask_at:
            raise NoSharedMemory
        try:
            answer = question()
        except Exception as error:
            if not _is_trouble(error):
                raise
            self._is_now(well=False, error=error)
            raise NoSharedMemory from error
        if not self._is_well:
            self._is_now(well=True)
        return answer

    def _is_now(self, *, well: bool, error: Exception | None = None) -> None:
        with self._lock:
            was_well, self._is_well = self._is_well, well
            self._ask_at = time.monotonic() + RETRY_SECONDS
        if was_well and not well:
            reason = {"error": type(error).__name__}
            logger.warning("Redis does not answer: each process does without", extra=reason)
        elif well and not was_well:
            logger.info("Redis answers again")


def _is_trouble(error: Exception) -> bool:
    redis = sys.modules.get("redis")
    return isinstance(error, OSError) or bool(redis and isinstance(error, redis.RedisError))


availability = Availability()


def attempt_shared[R](question: Callable[[], R]) -> R:
    """What `question` returns, which asks the server in its own way. Raises NoSharedMemory."""
    return availability.attempt(question)


def ask_shared[R](question: Callable[["Redis"], R]) -> R:
    """What the server answers. Raises NoSharedMemory."""
    address: str = settings.REDIS_URL
    if not address:
        raise NoSharedMemory
    return attempt_shared(lambda: question(_client(address)))
