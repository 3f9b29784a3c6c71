"""Where reads go: visitors' to the replica, where there is one and it is well; else the primary.

The replica may be a moment behind, so it serves visitors only: whoever is signed in expects to see
at once what they have just done. docs/deployment.md has the rules.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Concatenate

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, DatabaseError, InterfaceError, connections

from core.exceptions import NotFound
from core.metrics import AnsweredBy, count_replica_read
from resources.models.access import Viewer
from users.models import User

logger = logging.getLogger(__name__)

REPLICA = "replica"
#: How often each process measures how far a replica that is well is behind.
LOOK_SECONDS = 5.0

# Cancelled so that the replica can go on replaying. That says nothing against the next statement.
_CONFLICTS_WITH_RECOVERY = {"40001", "40P01"}

# A receiver that has handed over all it got is up to date, however long ago the last commit was.
_LAG = """
SELECT CASE
    WHEN NOT pg_is_in_recovery() THEN 0
    WHEN EXISTS (SELECT FROM pg_stat_wal_receiver)
        AND pg_last_wal_receive_lsn() <= pg_last_wal_replay_lsn() THEN 0
    ELSE extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp())
END
"""


_source: ContextVar[str] = ContextVar("read_source", default=DEFAULT_DB_ALIAS)


def reads_for(viewer: Viewer) -> str:
    """The database to read from, inside a read model that is `@replicated`; else the primary."""
    return DEFAULT_DB_ALIAS if isinstance(viewer, User) else _source.get()


def replicated[**P, R](
    read_model: Callable[Concatenate[Viewer, P], R],
) -> Callable[Concatenate[Viewer, P], R]:
    """Let visitors' calls read from the replica.

    The primary answers where the replica cannot, and where it does not know what is asked for: it
    may be about to.
    """

    @wraps(read_model)
    def read(viewer: Viewer, /, *args: P.args, **kwargs: P.kwargs) -> R:
        if isinstance(viewer, User) or REPLICA not in settings.DATABASES:
            return read_model(viewer, *args, **kwargs)
        if replica.may_be_read():
            try:
                with _reading_from(REPLICA):
                    answer = read_model(viewer, *args, **kwargs)
            except (DatabaseError, InterfaceError) as error:
                replica.has_failed(error)
            except NotFound:
                pass
            else:
                count_replica_read(AnsweredBy.REPLICA)
                return answer
        count_replica_read(AnsweredBy.PRIMARY)
        return read_model(viewer, *args, **kwargs)

    return read


@contextmanager
def _reading_from(alias: str) -> Iterator[None]:
    token = _source.set(alias)
    try:
        yield
    finally:
        _source.reset(token)


class Replica:
    """What this process knows of the replica; what one thread finds out holds for all.

    While it is well, one read every LOOK_SECONDS also asks how far it is behind. When it has
    failed, or is too far behind, nobody asks it for DATABASE_REPLICA_RETRY_S; then one read tries,
    and the others go to the primary until it has succeeded.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._is_well = True
        self._look_at = 0.0
        # Connections from before a failure are of no use, and each thread has one of its own.
        self._failures = 0
        self._of_thread = threading.local()

    def may_be_read(self) -> bool:
        """Whether to try it. Never raises."""
        now = time.monotonic()
        with self._lock:
            is_due = now >= self._look_at
            if is_due:
                self._look_at = now + self._pause()
            may = is_due or self._is_well
        if may:
            self._drop_old_connection()
        return self._look() if is_due else may

    def has_failed(self, error: Exception) -> None:
        """A read did not succeed; whatever came in between, its connection is given up."""
        connections[REPLICA].close()
        if getattr(error.__cause__, "sqlstate", None) not in _CONFLICTS_WITH_RECOVERY:
            self._is_out("it does not answer as it should", error)

    def _look(self) -> bool:
        try:
            with connections[REPLICA].cursor() as cursor:
                cursor.execute(_LAG)
                [lag] = cursor.fetchone()
        except (DatabaseError, InterfaceError) as error:
            self.has_failed(error)
            return False
        # Unknown just after its start, as long as it has replayed nothing.
        if lag is None or lag > settings.DATABASE_REPLICA_MAX_LAG_S:
            self._is_out("it is too far behind")
            return False
        with self._lock:
            was_well, self._is_well = self._is_well, True
        if not was_well:
            logger.info("The replica is read again")
        return True

    def _is_out(self, reason: str, error: Exception | None = None) -> None:
        with self._lock:
            was_well, self._is_well = self._is_well, False
            self._failures += 1
            self._look_at = time.monotonic() + self._pause()
        if was_well:
            kind = type(error.__cause__ or error).__name__ if error else ""
            logger.warning(
                "The replica is not read: the primary answers its reads",
                extra={"reason": reason, "error": kind},
            )

    def _pause(self) -> float:
        return LOOK_SECONDS if self._is_well else float(settings.DATABASE_REPLICA_RETRY_S)

    def _drop_old_connection(self) -> None:
        if getattr(self._of_thread, "failures", 0) != self._failures:
            connections[REPLICA].close()
            self._of_thread.failures = self._failures


replica = Replica()
