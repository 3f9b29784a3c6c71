"""Can this process do its work? Answered in time, whatever the database does."""

import threading
from collections.abc import Callable

from django.db import connections

from read_models.operations.outbox_backlog import is_outbox_stuck
from read_models.operations.webhook_backlog import is_webhook_stuck

#: Whoever routes traffic gives up after a second or more.
PATIENCE_SECONDS = 0.9


class NoAnswer(Exception):
    """The database did not answer in time."""


class _Attempt[R]:
    """One run of `ask` in a thread with a connection of its own."""

    def __init__(self, ask: Callable[[], R]) -> None:
        self._ask = ask
        self._ended = threading.Event()
        self._results: list[R] = []
        self._errors: list[Exception] = []
        threading.Thread(target=self._run, name="readiness", daemon=True).start()

    @property
    def has_ended(self) -> bool:
        return self._ended.is_set()

    def _run(self) -> None:
        try:
            self._results.append(self._ask())
        except Exception as error:
            self._errors.append(error)
        finally:
            connections.close_all()
            self._ended.set()

    def result(self, seconds: float) -> R:
        """What `ask` returned or raised. Raises NoAnswer if that takes longer."""
        if not self._ended.wait(seconds):
            raise NoAnswer
        if self._errors:
            raise self._errors[0]
        return self._results[0]


class InTime[R]:
    """Asks a question that may hang: in another thread, and never in two at once.

    Connecting can take as long as DATABASE_CONNECT_TIMEOUT_S, and a statement as long as its limit.
    Whoever asks while an attempt hangs waits for that one, so that callers cannot pile up threads.
    """

    def __init__(self, ask: Callable[[], R]) -> None:
        self._ask = ask
        self._lock = threading.Lock()
        self._attempt: _Attempt[R] | None = None

    def answer(self, *, seconds: float = PATIENCE_SECONDS) -> R:
        """The answer. Raises what asking raised, and NoAnswer."""
        with self._lock:
            if self._attempt is None or self._attempt.has_ended:
                self._attempt = _Attempt(self._ask)
            attempt = self._attempt
        return attempt.result(seconds)


def _is_behind() -> bool:
    return is_outbox_stuck() or is_webhook_stuck()


_behind = InTime(_is_behind)


def is_behind_in_time() -> bool:
    """Whether the outbox is not drained or a delivery of Stripe takes no effect.

    Asked on a new connection. Raises NoAnswer, or an error of the database.
    """
    return _behind.answer()
