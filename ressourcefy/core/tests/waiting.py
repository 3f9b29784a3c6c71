"""For tests of locks: run something in a thread, and know when it waits for us."""

import threading
import time
from collections.abc import Callable

from django.db import connection, connections

_DEADLINE_SECONDS = 20.0


class InThread[R]:
    """Runs `work` in a thread with a connection of its own."""

    def __init__(self, work: Callable[[], R]) -> None:
        self._results: list[R] = []
        self._errors: list[BaseException] = []
        self._work = work
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._results.append(self._work())
        except BaseException as error:
            self._errors.append(error)
        finally:
            connections.close_all()

    def result(self) -> R:
        """What the work returned or raised, once it has ended."""
        self._thread.join(_DEADLINE_SECONDS)
        if self._thread.is_alive():
            raise AssertionError("The thread did not end.")
        if self._errors:
            raise self._errors[0]
        return self._results[0]


def wait_until_somebody_waits_for_us() -> None:
    """Return once another connection waits for a lock that this one holds."""
    deadline = time.monotonic() + _DEADLINE_SECONDS
    while time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT EXISTS (SELECT 1 FROM pg_locks"
                " WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid)))"
            )
            if cursor.fetchone()[0]:
                return
        time.sleep(0.01)
    raise AssertionError("Nobody waits for a lock of ours.")
