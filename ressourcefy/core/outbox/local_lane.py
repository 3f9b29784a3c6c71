"""The thread of a worker that delivers local events, many in one transaction."""

import math
import queue
import threading
import time
from collections.abc import Callable, Sequence

from django.db import DEFAULT_DB_ALIAS, InterfaceError, OperationalError, connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from core.outbox import claims
from core.outbox.claims import Claimed, Lane
from core.outbox.delivery import deliver, deliver_batch, in_place, record
from core.outbox.errors import UnregisteredEventType
from core.outbox.outcomes import TimedOut
from core.outbox.reconnection import Reconnection
from core.outbox.registry import handlers_of


class LocalLane:
    """Claims and delivers until it is stopped; sleeps `interval` seconds unless woken.

    `progressed` is called after each batch, `ended` with None or with what ended the thread.
    """

    def __init__(
        self,
        *,
        batch: int,
        interval: float,
        progressed: Callable[[], None],
        ended: Callable[[BaseException | None], None],
    ) -> None:
        self._batch = batch
        self._interval = interval
        self._progressed = progressed
        self._ended = ended
        self._wake_ups: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._stopped = False
        self._held: Sequence[Claimed] = ()
        self._current: tuple[Claimed, float] | None = None
        self._connection: BaseDatabaseWrapper | None = None
        self._session: object = None
        self._backend_pid = 0
        self._sweep_at = 0.0
        self._thread = threading.Thread(target=self._run, name="outbox-local", daemon=True)

    def start(self) -> None:
        """Begin to deliver."""
        self._thread.start()

    def wake(self) -> None:
        """Look for events now."""
        if self._wake_ups.empty():
            self._wake_ups.put(None)

    def stop(self) -> None:
        """Take nothing new, finish the event in hand and give the others back."""
        self._stopped = True
        self.wake()

    @property
    def is_alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()

    @property
    def is_overdue(self) -> bool:
        """Whether the event in hand takes longer than its handlers may."""
        if (current := self._current) is None:
            return False
        claim, begun_at = current
        return time.monotonic() - begun_at > _seconds(claim)

    def abandon(self, *, blame: bool) -> None:
        """End the thread's transaction from outside and give back what it held.

        Called from another thread, for a handler that does not come back; with `blame` its event
        counts as timed out. The thread ends when the handler returns, and changes nothing.
        """
        current, held, pid = self._current, self._held, self._backend_pid
        self.stop()
        if not held:
            return
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
        if blame and current is not None:
            record(current[0], TimedOut(_seconds(current[0])))
        claims.hand_back(claims.ids_of(held), held[0].token)

    def _run(self) -> None:
        end: BaseException | None = None
        try:
            self._loop()
        except BaseException as error:  # the worker raises it
            end = error
        finally:
            connection.close()
            self._ended(end)

    def _loop(self) -> None:
        reconnection = Reconnection("local lane")
        while not self._stopped:
            try:
                self._return_leftovers()
                busy = self._turn()
                reconnection.back()
            except (OperationalError, InterfaceError) as error:
                time.sleep(reconnection.lost(error))
                continue
            if busy:
                self._progressed()
            else:
                self._sleep()

    def _return_leftovers(self) -> None:
        """Give back what was in hand when the connection was lost, unless it was committed."""
        if self._held:
            claims.hand_back(claims.ids_of(self._held), self._held[0].token)
            self._held = ()

    def _turn(self) -> bool:
        """Take and deliver one batch; whether there was any."""
        if time.monotonic() >= self._sweep_at:
            if expired := claims.claim_expired(Lane.LOCAL):
                if expired := in_place(expired):
                    self._deliver(expired, singly=True)
                return True
            self._sweep_at = time.monotonic() + self._interval
        if due := claims.claim_due(self._batch, Lane.LOCAL):
            self._deliver(due, singly=False)
        return bool(due)

    def _deliver(self, batch: Sequence[Claimed], *, singly: bool) -> None:
        self._held = batch
        try:
            if singly:
                deliver(batch[0], begun=self._begin)
            else:
                deliver_batch(batch, begun=self._begin, stopping=lambda: self._stopped)
        finally:
            self._current = None
        self._held = ()

    def _begin(self, claim: Claimed) -> None:
        # Looked up once: for each event it would cost more than a small handler.
        in_use = self._connection = self._connection or connections[DEFAULT_DB_ALIAS]
        # It may be another one than for the event before, after a restart of the database.
        if in_use.connection is None or in_use.connection is not self._session:
            in_use.ensure_connection()
            self._session = in_use.connection
            self._backend_pid = in_use.connection.pgconn.backend_pid
        self._current = (claim, time.monotonic())

    def _sleep(self) -> None:
        try:
            self._wake_ups.get(timeout=self._interval)
        except queue.Empty:
            return


def _seconds(claim: Claimed) -> float:
    """How long the handlers of an event may take; for an unknown type nothing runs."""
    try:
        return handlers_of(claim.event.event_type).seconds
    except UnregisteredEventType:
        return math.inf
