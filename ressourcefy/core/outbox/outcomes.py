"""What an exception of a handler means for its event."""

import random
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Self

from django.db import InterfaceError, OperationalError

from core.outbox.errors import PermanentFailure, RetryLater
from core.redaction import redact

_LONGEST_ERROR = 1_000
_LONGEST_EXAMINED = 20_000
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class TimedOut(Exception):
    """The handlers of an event took longer than they may."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"not done after {seconds:g} seconds")


class NeverFinished(Exception):
    """Workers took an event up again and again and each was gone before it was done."""

    def __init__(self, take_ups: int) -> None:
        super().__init__(f"taken up {take_ups} times and never finished; it may kill its worker")


# Our database refusing or not answering (deadlock, lock time-out, disk full) passes as well.
_PASSING = (RetryLater, TimedOut, OperationalError, InterfaceError)
_PERMANENT = (PermanentFailure, NeverFinished)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt failed. `spread` is the jitter, a factor for the wait.

    A wait for something that was away is only ever shortened by it, so that the cap holds.
    """

    error: str
    passing: bool
    permanent: bool
    after: timedelta
    spread: float

    @classmethod
    def of(cls, error: BaseException) -> Self:
        """The outcome that stands for an exception."""
        passing = isinstance(error, _PASSING)
        after = error.after if isinstance(error, RetryLater) else None
        return cls(
            error=described(error),
            passing=passing,
            permanent=isinstance(error, _PERMANENT),
            after=after or timedelta(),
            spread=1 + random.uniform(-0.25, 0) if passing else 1 + random.uniform(0, 0.25),  # noqa: S311 - jitter
        )


def described(error: BaseException) -> str:
    """The error in words that may be stored and shown: no secrets, no addresses, cut."""
    text = redact(f"{type(error).__name__}: {error}"[:_LONGEST_EXAMINED])
    return _UNSTORABLE.sub("?", text)[:_LONGEST_ERROR]
