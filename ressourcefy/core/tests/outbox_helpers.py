"""What tests of the outbox share: recorded effects, workers in threads and in processes.

Effects are rows of a table that exists for these tests only. Times pass by moving the rows' times
into the past; the clock is never touched.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.db import connection

from core.models import OutboxEvent
from core.outbox import Event, HandlerKind, handles
from core.outbox.worker import Worker

_EFFECTS = "outbox_test_effects"
_TIMES = ("created_at", "next_retry_at", "locked_until", "processed_at", "waiting_since")
PROJECT = Path(__file__).resolve().parents[2]


def make_effects_table() -> None:
    """Make the table of effects, or empty it. A key may not be there twice at the commit."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TABLE IF NOT EXISTS {_EFFECTS} ("
            "position bigint GENERATED ALWAYS AS IDENTITY, event_id uuid NOT NULL, "
            "aggregate_id text NOT NULL, number int, what text NOT NULL, pid int NOT NULL, "
            "once_only text UNIQUE DEFERRABLE INITIALLY DEFERRED)"
        )
        cursor.execute(f"TRUNCATE {_EFFECTS}")


def drop_effects_table() -> None:
    """Remove the table of effects."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {_EFFECTS}")


def leave_effect(event: Event, what: str = "done", *, once_only: str | None = None) -> None:
    """What a handler of a test does."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {_EFFECTS} (event_id, aggregate_id, number, what, pid, once_only) "
            "VALUES (%s, %s, %s, %s, %s, %s)",
            [
                event.id,
                event.aggregate_id,
                event.payload.get("number"),
                what,
                os.getpid(),
                once_only,
            ],
        )


def effects(what: str = "done") -> list[tuple[str, int]]:
    """(aggregate, number) of the committed effects in their order."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT aggregate_id, number FROM {_EFFECTS} WHERE what = %s ORDER BY position",
            [what],
        )
        return [(aggregate_id, number) for aggregate_id, number in cursor.fetchall()]


def effects_by_event(what: str = "done") -> Counter[str]:
    """How many committed effects each event has."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT event_id::text, count(*) FROM {_EFFECTS} WHERE what = %s GROUP BY 1", [what]
        )
        return Counter(dict(cursor.fetchall()))


def let_time_pass(passed: timedelta) -> None:
    """Move all times of all events into the past."""
    changes = ", ".join(f"{column} = {column} - %(passed)s" for column in _TIMES)
    values: dict[str, Any] = {"passed": passed}
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE core_outboxevent SET {changes}", values)


def terminate_other_connections() -> None:
    """What a restart of the database does to everybody else."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid() "
            "AND backend_type = 'client backend'"
        )


def statuses() -> Counter[str]:
    """How many events are in which status."""
    return Counter(OutboxEvent.objects.values_list("status", flat=True))


def is_drained() -> bool:
    """Whether nothing is open."""
    return not OutboxEvent.objects.open().exists()


def wait_until(condition: Callable[[], object], *, seconds: float = 20) -> None:
    """Ask until it is true; an AssertionError names the condition that never was."""
    ends_at = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > ends_at:
            raise AssertionError(f"not within {seconds} s: {condition}")
        time.sleep(0.01)


@contextmanager
def running_worker(**options: Any) -> Iterator[Worker]:
    """A worker in a thread; at the end it is stopped, and what it raised is raised here."""
    worker = Worker(**options)
    raised: list[BaseException] = []

    def run() -> None:
        try:
            worker.run()
        except BaseException as error:
            raised.append(error)

    thread = threading.Thread(target=run, name="test-worker")
    thread.start()
    try:
        yield worker
    finally:
        worker.stop()
        thread.join(30)
    if thread.is_alive():
        raise AssertionError("the worker did not stop")
    if raised:
        raise raised[0]


def in_threads(count: int, work: Callable[[], object]) -> None:
    """Run `work` in several threads at once, each with a connection of its own."""
    errors: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def register_standard_handlers() -> None:
    """The handlers that worker processes have: `test.local`, `test.external` and `test.both`.

    A payload can ask for trouble: `seconds` to take, `failures` to have before it succeeds.
    """

    def run(event: Event, what: str) -> None:
        if event.payload.get("failures", 0) > OutboxEvent.objects.get(id=event.id).retry_count:
            raise ValueError("this handler was asked to fail")
        leave_effect(event, "begun " + what)
        time.sleep(event.payload.get("seconds", 0))
        leave_effect(event, what)

    @handles("test.local", HandlerKind.LOCAL)
    @handles("test.both", HandlerKind.LOCAL)
    def local(event: Event) -> None:
        run(event, "local")

    @handles("test.external")
    @handles("test.both")
    def external(event: Event) -> None:
        run(event, "external")


class WorkerProcess:
    """`manage.py process_events --loop` with the standard handlers, on the test's database."""

    def __init__(self, *arguments: str, **environment: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "core.tests.outbox_worker", *arguments],
            cwd=PROJECT,
            env=os.environ | {"DATABASE_URL": _database_url()} | environment,
            stderr=subprocess.PIPE,
            text=True,
        )

    def send(self, number: signal.Signals) -> None:
        """Send a signal."""
        self._process.send_signal(number)

    def wait(self, seconds: float = 30) -> tuple[int, str]:
        """The exit status and what was written to standard error."""
        _, errors = self._process.communicate(timeout=seconds)
        return self._process.returncode, errors

    def kill(self) -> str:
        """SIGKILL, and wait for the end; what was written to standard error."""
        self._process.kill()
        return self._process.communicate()[1]


@contextmanager
def worker_process(
    *arguments: str, environment: Mapping[str, str] | None = None
) -> Iterator[WorkerProcess]:
    """A worker process that is gone at the end of the block, one way or the other."""
    process = WorkerProcess(*arguments, **(environment or {}))
    try:
        yield process
    except BaseException as error:
        error.add_note(f"the worker wrote: {process.kill()}")
        raise
    process.kill()


def _database_url() -> str:
    database: dict[str, Any] = connection.settings_dict
    user = quote(database["USER"] or "", safe="")
    password = f":{quote(database['PASSWORD'], safe='')}" if database["PASSWORD"] else ""
    host = quote(database["HOST"] or "", safe="")
    port = f":{database['PORT']}" if database["PORT"] else ""
    return f"postgres://{user}{password}@{host}{port}/{database['NAME']}"
