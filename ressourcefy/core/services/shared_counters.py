"""Counters of limits in Redis: as exact as those in the database, and forgotten by themselves."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.shared_memory import ask_shared

if TYPE_CHECKING:
    from redis import Redis

# One step for all: nobody comes between looking and counting. By the server's own clock, whose
# microseconds are made to rise, so that each try has a time of its own that it is given back by.
_COUNT = """
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local window, most = tonumber(ARGV[1]), tonumber(ARGV[2])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - window)
if redis.call('ZCARD', KEYS[1]) >= most then
    local oldest = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
    return {0, oldest[2] + window - now}
end
local newest = redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')
if newest[2] and tonumber(newest[2]) >= now then now = newest[2] + 1 end
redis.call('ZADD', KEYS[1], string.format('%.0f', now), string.format('%.0f', now))
redis.call('PEXPIRE', KEYS[1], math.ceil(window / 1000))
return {1, now}
"""


@dataclass(frozen=True, slots=True)
class SharedCount:
    """Whether it was counted, and when, or how long to wait; in microseconds."""

    counted: bool
    microseconds: int


def count_shared(key: str, *, most: int, microseconds: int) -> SharedCount:
    """Count one try, at most `most` within any stretch of so long. Raises NoSharedMemory."""

    def count(redis: "Redis") -> Any:
        return redis.eval(_COUNT, 1, _named(key), microseconds, most)

    counted, number = ask_shared(count)
    return SharedCount(counted=bool(counted), microseconds=int(number))


def give_back_shared(key: str, microseconds: int) -> None:
    """Forget the try that was counted at that time. Raises NoSharedMemory."""
    ask_shared(lambda redis: redis.zrem(_named(key), str(microseconds)))


def forget_shared(key: str) -> None:
    """Begin to count anew. Raises NoSharedMemory."""
    ask_shared(lambda redis: redis.delete(_named(key)))


def _named(key: str) -> str:
    return f"ressourcefy:limit:{key}"
