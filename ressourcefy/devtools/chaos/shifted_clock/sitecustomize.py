"""Imported by Python itself where this directory is on PYTHONPATH: a clock that is wrong.

`time.time`, `time.time_ns` and `datetime.now` are moved by RESSOURCEFY_CLOCK_SHIFT seconds. The
monotonic clock is not: no setting of the time moves that one.
"""

import datetime as dt
import os
import time
from typing import Any

SHIFT = float(os.environ.get("RESSOURCEFY_CLOCK_SHIFT", "0"))
_right_time, _right_time_ns = time.time, time.time_ns
_right = dt.datetime


class _Kind(type(_right)):  # type: ignore[misc]
    """What the right clock made counts as made by the wrong one."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, _right)

    def __subclasscheck__(cls, other: type) -> bool:
        return issubclass(other, _right)


class _Shifted(_right, metaclass=_Kind):
    """Gives out plain datetimes, so that nobody else has to know this class."""

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        return _right(*args, **kwargs)

    @classmethod
    def now(cls, tz: dt.tzinfo | None = None) -> Any:
        return _right.now(tz) + dt.timedelta(seconds=SHIFT)

    @classmethod
    def utcnow(cls) -> Any:
        return _right.now(dt.UTC).replace(tzinfo=None) + dt.timedelta(seconds=SHIFT)


if SHIFT:
    time.time = lambda: _right_time() + SHIFT
    time.time_ns = lambda: _right_time_ns() + int(SHIFT * 1_000_000_000)
    dt.datetime = _Shifted  # type: ignore[misc]
