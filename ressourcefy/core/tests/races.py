"""For tests of races: many calls at the same moment, each with a connection of its own."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from django.db import connections


def at_once[R](calls: Sequence[Callable[[], R]]) -> list[R | Exception]:
    """Make all calls in threads that set off together; what each returned or raised, in order."""
    start = threading.Barrier(len(calls))

    def run(call: Callable[[], R]) -> R | Exception:
        start.wait(30)
        try:
            return call()
        except Exception as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))
