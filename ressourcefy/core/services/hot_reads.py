"""Reads that everybody makes and that are the same for everybody, kept for a moment.

One makes a read anew while the others get the old one. Where there is none, as at the beginning,
they wait for it. Without the cache, everybody makes their own.
"""

import contextlib
import struct
import time
from collections.abc import Callable

from django.conf import settings
from django.core.cache import BaseCache, caches

from core.shared_memory import NoSharedMemory, attempt_shared

# Whoever makes a read may die; then others may.
_CLAIM_SECONDS = 5
_PATIENCE_SECONDS = 1.0
_POLL_SECONDS = 0.02
_MADE_AT = struct.Struct(">d")


def kept_bytes(key: str, make: Callable[[], bytes]) -> bytes:
    """What `make` returned up to HOT_READ_SECONDS ago, twice that while it is being made anew."""
    seconds: int = settings.HOT_READ_SECONDS
    if not seconds:
        return make()
    cache = caches["hot"]
    try:
        kept, is_ours = attempt_shared(lambda: _look(cache, key, seconds))
    except NoSharedMemory:
        return make()
    if kept is not None:
        return kept
    if not is_ours:
        return _awaited(cache, key, seconds) or make()
    try:
        made = make()
    except BaseException:
        with contextlib.suppress(NoSharedMemory):
            attempt_shared(lambda: cache.delete(_claim(key)))
        raise
    with contextlib.suppress(NoSharedMemory):
        attempt_shared(lambda: _keep(cache, key, made, seconds))
    return made


def _look(cache: BaseCache, key: str, seconds: int) -> tuple[bytes | None, bool]:
    """What may be given, if anything; else whether it is for us to make it."""
    entry = cache.get(key)
    if entry is not None and _age(entry) < seconds:
        return entry[_MADE_AT.size :], False
    is_ours = cache.add(_claim(key), b"1", _CLAIM_SECONDS)
    if entry is not None and not is_ours and _age(entry) < 2 * seconds:
        return entry[_MADE_AT.size :], False
    return None, is_ours


def _keep(cache: BaseCache, key: str, made: bytes, seconds: int) -> None:
    cache.set(key, _MADE_AT.pack(time.time()) + made, 2 * seconds)
    cache.delete(_claim(key))


def _awaited(cache: BaseCache, key: str, seconds: int) -> bytes | None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
        with contextlib.suppress(NoSharedMemory):
            entry = attempt_shared(lambda: cache.get(key))
            if entry is not None and _age(entry) < 2 * seconds:
                return bytes(entry[_MADE_AT.size :])
    return None


def _age(entry: bytes) -> float:
    """A clock that was set back makes an entry old, not young for long."""
    made_at: float = _MADE_AT.unpack_from(entry)[0]
    return abs(time.time() - made_at)


def _claim(key: str) -> str:
    return f"{key}:being-made"
