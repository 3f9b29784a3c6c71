"""Reads that everybody makes and that are the same for everybody, kept for a moment.

One makes a read anew while the others get the old one. Where there is none, as at the beginning,
they wait for it. Without the cache, everybody makes their own. What was written through a process
is seen there at once (`forget_hot_reads`); elsewhere what is kept grows old first.
"""

import contextlib
import math
import struct
import time
from collections.abc import Callable

from django.conf import settings
from django.core.cache import BaseCache, caches

from core.shared_memory import NoSharedMemory, attempt_shared

# Whoever makes a read may die; then others may.
_CLAIM_SECONDS = 5
_PATIENCE_SECONDS = 1.0
_POLL_SECONDS = 0.005
_MADE_AT = struct.Struct(">d")

# When this process last changed something.
_changed_at = 0.0


def forget_hot_reads() -> None:
    """Have this process give nothing that was read before now; call it after what was committed."""
    global _changed_at  # noqa: PLW0603 - one for the process, as the cache beside it
    _changed_at = time.time()


def kept_bytes(key: str, make: Callable[[], bytes]) -> bytes:
    """What `make` returned up to HOT_READ_SECONDS ago, twice that while it is being made anew."""
    seconds: int = settings.HOT_READ_SECONDS
    if not seconds:
        return make()
    cache = caches["hot"]
    deadline = time.monotonic() + _PATIENCE_SECONDS
    try:
        while True:
            kept, is_ours = attempt_shared(lambda: _look(cache, key, seconds))
            if kept is not None:
                return kept
            if is_ours or time.monotonic() >= deadline:
                break
            time.sleep(_POLL_SECONDS)
    except NoSharedMemory:
        return make()
    return _made(cache, key, make, seconds) if is_ours else make()


def _look(cache: BaseCache, key: str, seconds: int) -> tuple[bytes | None, bool]:
    """What may be given, if anything; else whether it is for us to make it."""
    entry = cache.get(key)
    if entry is not None and _age(entry) < seconds:
        return entry[_MADE_AT.size :], False
    is_ours = cache.add(_claim(key), b"1", _CLAIM_SECONDS)
    if entry is not None and not is_ours and _age(entry) < 2 * seconds:
        return entry[_MADE_AT.size :], False
    return None, is_ours


def _made(cache: BaseCache, key: str, make: Callable[[], bytes], seconds: int) -> bytes:
    """Made by us and kept for the others. What changes meanwhile may not be in it."""
    begun = _MADE_AT.pack(time.time())
    try:
        made = make()
        with contextlib.suppress(NoSharedMemory):
            attempt_shared(lambda: cache.set(key, begun + made, 2 * seconds))
    finally:
        with contextlib.suppress(NoSharedMemory):
            attempt_shared(lambda: cache.delete(_claim(key)))
    return made


def _age(entry: bytes) -> float:
    """Seconds since it was read; endless where this process has changed something since then.

    A clock that was set back makes an entry old, not young for long.
    """
    made_at: float = _MADE_AT.unpack_from(entry)[0]
    now = time.time()
    return math.inf if made_at <= _changed_at <= now else abs(now - made_at)


def _claim(key: str) -> str:
    return f"{key}:being-made"
