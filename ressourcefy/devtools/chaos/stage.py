"""Where the proofs are played: a PostgreSQL of their own, real processes, people and events."""

import contextlib
import json
import os
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from django.apps import apps
from django.conf import settings
from django.db import Error, connection, transaction

from analytics.models import UserEvent
from application.dto.events import AggregateType, EventType
from core.models import OutboxEvent
from core.outbox import emit_event
from devtools.journey.stack import environment_for, start
from devtools.postgres import Cluster, cluster_for_chaos
from users.models import Profile, User

#: Short, so that what a killed worker held comes back soon.
LEASE_SECONDS = 3
SHORT_LEASE = {
    "OUTBOX_LEASE_SECONDS": str(LEASE_SECONDS),
    "OUTBOX_HANDLER_TIMEOUT_SECONDS": "2",
    "EMAIL_TIMEOUT_SECONDS": "1",
}
_POLL_SECONDS = 0.02
type Say = Callable[[str], None]


class NeverHappened(Exception):
    """What a proof waited for did not come."""


def wait_until(condition: Callable[[], object], what: str, *, seconds: float = 60) -> float:
    """Ask until it is true; how long that took. Raises NeverHappened."""
    begun = time.monotonic()
    while not condition():
        if time.monotonic() - begun > seconds:
            raise NeverHappened(f"not within {seconds:g} s: {what}")
        time.sleep(_POLL_SECONDS)
    return time.monotonic() - begun


class Process:
    """A program of the product that a proof may kill, freeze and stop."""

    def __init__(self, command: list[str], environment: Mapping[str, str], log: Path) -> None:
        self.log = log
        self.popen, self._our_end = start(command, environment, log)

    @property
    def is_alive(self) -> bool:
        """Whether it has not ended."""
        return self.popen.poll() is None

    def has_logged(self, sentence: str) -> bool:
        """Whether its log holds this."""
        return sentence in self.log.read_text(errors="replace")

    def lines(self) -> list[dict[str, Any]]:
        """The JSON lines of its log."""
        found = []
        for line in self.log.read_text(errors="replace").splitlines():
            with contextlib.suppress(ValueError):
                found.append(json.loads(line))
        return [line for line in found if isinstance(line, dict)]

    def send(self, number: signal.Signals) -> None:
        """Send a signal; nothing happens where it has ended."""
        with contextlib.suppress(ProcessLookupError):
            self.popen.send_signal(number)

    def end(self, number: signal.Signals = signal.SIGTERM, *, seconds: float = 20) -> int:
        """Send the signal and wait for the end; the exit status."""
        self.send(number)
        return self.popen.wait(seconds)

    def close(self) -> None:
        """Make sure that nothing of it is left.

        Once its end was noticed its number may be somebody else's, who must not be hit.
        """
        if self.is_alive:
            os.killpg(self.popen.pid, signal.SIGKILL)
            self.popen.wait()
        os.close(self._our_end)


class Stage:
    """One proof's surroundings; `with` cleans up whatever happened."""

    def __init__(self, say: Say) -> None:
        self.say = say
        self._stack = ExitStack()
        self._number = 0
        self._clusters: list[Cluster] = []

    def __enter__(self) -> Self:
        self.directory = Path(tempfile.mkdtemp(prefix="ressourcefy-chaos-"))
        self._stack.callback(shutil.rmtree, self.directory, ignore_errors=True)
        forget_everything()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stack.close()
        for cluster in self._clusters:
            cluster.release()
        connection.close()

    # Processes ------------------------------------------------------------------------------------

    def environment(self, port: int = 8000) -> dict[str, str]:
        """Of the product in development, on the stage's database."""
        return environment_for(settings.DATABASE_URL, directory=self.directory, port=port)

    def worker(self, *options: str, mail_port: int = 0, **environment: str) -> Process:
        """`manage.py process_events --loop`; its mails go to that port of this machine."""
        mail = {
            "EMAIL_HOST": "127.0.0.1",
            "EMAIL_PORT": str(mail_port or 1),
            "EMAIL_USE_TLS": "False",
        }
        command = [sys.executable, "manage.py", "process_events", "--loop", *options]
        return self.start(command, self.environment() | mail | environment)

    def start(self, command: list[str], environment: Mapping[str, str]) -> Process:
        """A program that is gone at the end of the proof."""
        self._number += 1
        process = Process(command, environment, self.directory / f"{self._number}.log")
        self._stack.callback(process.close)
        return process

    def restart_database(self) -> None:
        """Kill the server at once, as a failing machine would, and start it again."""
        cluster = cluster_for_chaos()
        lines = (cluster.place.data / "postmaster.pid").read_text().splitlines()
        postmaster = int(lines[0])
        connection.close()
        os.kill(postmaster, signal.SIGQUIT)
        wait_until(lambda: not cluster.is_running(), "the database is gone")
        cluster.acquire()
        self._clusters.append(cluster)

    # People and events ----------------------------------------------------------------------------

    def register(self, count: int) -> list[User]:
        """People who wait for an activation mail; each has two events, in one transaction.

        `user.registered` sends a mail and leaves a row, `user.signed_in` leaves a row.
        """
        with transaction.atomic():
            self._number += 1
            people = [
                User(email=f"p{self._number}-{number}@example.org", password="!")  # noqa: S106
                for number in range(count)
            ]
            User.objects.bulk_create(people)
            Profile.objects.bulk_create(
                Profile(user=user, username=user.email.partition("@")[0]) for user in people
            )
            for user in people:
                registered = {"user_id": str(user.id), "generation": user.activation_generation}
                emit_event(AggregateType.USER, user.id, EventType.USER_REGISTERED, registered)
                signed_in = {"user_id": str(user.id), "session_id": str(user.id)}
                emit_event(AggregateType.USER, user.id, EventType.USER_SIGNED_IN, signed_in)
        return people


@contextmanager
def patiently() -> Iterator[None]:
    """For looks at a database that may be away: an error of it is no answer yet."""
    try:
        yield
    except Error:
        connection.close()


def statuses() -> Counter[str]:
    """How many events are in which status; empty while the database is away."""
    with patiently():
        return Counter(OutboxEvent.objects.values_list("status", flat=True))
    return Counter()


def is_drained() -> bool:
    """Whether there are events, and none is open."""
    found = statuses()
    return bool(found) and not found.keys() & {"PENDING", "PROCESSING"}


def held_by(worker: Process) -> list[str]:
    """The ids of the events that the worker has in hand; claims bear its process id."""
    with patiently():
        claimed = OutboxEvent.objects.filter(
            status="PROCESSING", locked_by__contains=f":{worker.popen.pid}:"
        )
        return [str(event_id) for event_id in claimed.values_list("id", flat=True)]
    return []


def rows_left() -> Counter[tuple[str, str]]:
    """How many rows each (person, event) has left: the local effects."""
    return Counter(
        (str(user_id), event_type)
        for user_id, event_type in UserEvent.objects.values_list("user_id", "event_type")
    )


def forget_everything() -> None:
    """Empty every table of ours."""
    tables = ", ".join(
        connection.ops.quote_name(model._meta.db_table)
        for model in apps.get_models()
        if model._meta.managed and model._meta.app_label not in {"contenttypes", "auth"}
    )
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {tables} CASCADE")
