"""The process that delivers events until it is told to stop."""

import logging
import queue
import time
from dataclasses import dataclass

from django.db import InterfaceError, OperationalError, connection

from core.outbox.chores import Chores
from core.outbox.claims import Lane, claim_due, claim_expired
from core.outbox.external_pool import ExternalPool, Job
from core.outbox.listener import Listener
from core.outbox.local_lane import LocalLane
from core.outbox.reconnection import Reconnection
from core.outbox.registry import external_types

logger = logging.getLogger("core.outbox")

# How often limits and leases are looked at.
_TICK = 0.25
# Successors of finished external events may be local; those are looked for this much later.
_SECONDS_TO_GATHER = 0.05
# While batches of local events follow each other, their external successors are looked for only
# this often: each time costs as much as thirty events.
_SECONDS_BETWEEN_LOOKS = 0.2


class TooManyHang(RuntimeError):
    """So many handlers hang that only a new process helps."""


@dataclass(frozen=True, slots=True)
class _Stop:
    """Someone wants the worker to end."""


@dataclass(frozen=True, slots=True)
class _Look:
    """There may be events; `local` says whether the local lane has to look as well."""

    local: bool


@dataclass(frozen=True, slots=True)
class _Ended:
    """A job, or with None the local lane, came to its end."""

    job: Job | None
    error: BaseException | None


class Worker:
    """One supervising thread, one for local events, `threads` for external ones, two that help.

    Of those, one listens for wake-ups and one does the chores.

    The supervisor is the only one that reads `_mailbox`; everybody else tells it things through
    that. It claims external events for the pool, watches limits and renews leases.
    """

    def __init__(
        self, *, interval: float = 5.0, batch: int = 500, threads: int = 8, grace: float = 10.0
    ) -> None:
        self._interval = interval
        self._batch = batch
        self._threads = threads
        self._grace = grace
        self._mailbox: queue.SimpleQueue[_Stop | _Look | _Ended] = queue.SimpleQueue()
        self._stopping = False
        self._has_ended = False
        self._crash: BaseException | None = None
        self._look_external = True
        self._poll_at = self._sweep_at = self._looked_at = 0.0
        self._look_external_at: float | None = None
        self._wake_local_at: float | None = None
        self._reconnection = Reconnection("supervisor")

    def stop(self) -> None:
        """Take nothing new, finish what is in hand, return from `run`. Signal handlers may call."""
        self._mailbox.put(_Stop())

    @property
    def has_ended(self) -> bool:
        """Whether `run` came to its end, for whatever reason."""
        return self._has_ended

    def run(self) -> None:
        """Deliver events until `stop`; raises what ended a thread that should not have ended."""
        self._pool = ExternalPool(
            self._threads, finished=lambda job, error: self._mailbox.put(_Ended(job, error))
        )
        self._lane = self._new_lane()
        listener = Listener(lambda: self._mailbox.put(_Look(local=True)))
        chores = Chores()
        listener.start()
        chores.start()
        self._lane.start()
        logger.info("The outbox worker began.", extra={"threads": self._threads})
        try:
            while not self._stopping:
                self._attend()
                self._receive()
        finally:
            self._wind_up()
            listener.stop()
            chores.stop(seconds=self._grace)
            connection.close()
            self._has_ended = True
        if self._crash is not None:
            raise self._crash
        logger.info("The outbox worker ended.")

    def _new_lane(self) -> LocalLane:
        return LocalLane(
            batch=self._batch,
            interval=self._interval,
            progressed=lambda: self._mailbox.put(_Look(local=False)),
            ended=lambda error: self._mailbox.put(_Ended(None, error)),
        )

    # What comes in -------------------------------------------------------------------------------

    def _receive(self) -> None:
        """Wait for a message, or until there is something to look at; take all that are there."""
        now = time.monotonic()
        tick_at = now + _TICK
        wake_at = min(
            self._poll_at,
            self._look_external_at or tick_at,
            self._wake_local_at or tick_at,
            tick_at,
        )
        try:
            self._take_in(self._mailbox.get(timeout=max(wake_at - now, 0.001)))
            while True:
                self._take_in(self._mailbox.get_nowait())
        except queue.Empty:
            return

    def _take_in(self, message: _Stop | _Look | _Ended) -> None:
        if isinstance(message, _Stop):
            self._stopping = True
        elif isinstance(message, _Look):
            if message.local:
                self._look_external = True
                self._lane.wake()
            else:
                self._look_external_at = self._looked_at + _SECONDS_BETWEEN_LOOKS
        else:
            self._take_in_end(message)

    def _take_in_end(self, message: _Ended) -> None:
        if message.error is not None:
            self._crash, self._stopping = message.error, True
        if message.job is not None:
            self._pool.forget(message.job)
            self._look_external = True
            self._wake_local_at = self._wake_local_at or time.monotonic() + _SECONDS_TO_GATHER

    # What is done about it -----------------------------------------------------------------------

    def _attend(self) -> None:
        now = time.monotonic()
        if now >= self._poll_at:
            self._poll_at = now + self._interval
            self._look_external = True
        if self._look_external_at is not None and now >= self._look_external_at:
            self._look_external_at = None
            self._look_external = True
        if self._wake_local_at is not None and now >= self._wake_local_at:
            self._wake_local_at = None
            self._lane.wake()
        try:
            self._take_external()
            self._watch()
            self._reconnection.back()
        except (OperationalError, InterfaceError) as error:
            # The messages wait; none is urgent while the database is away.
            time.sleep(self._reconnection.lost(error))

    def _take_external(self) -> None:
        if not self._look_external or not external_types():
            return
        self._looked_at = time.monotonic()
        while (room := self._pool.room) > 0:
            if time.monotonic() >= self._sweep_at:
                taken = claim_expired(Lane.EXTERNAL)
                if not taken:
                    self._sweep_at = time.monotonic() + self._interval
            else:
                taken = claim_due(room, Lane.EXTERNAL)
                if not taken:
                    self._look_external = False
                    return
            for claim in taken:
                self._pool.submit(claim)

    def _watch(self) -> None:
        self._pool.watch()
        if self._pool.left_behind > max(self._threads, 8):
            raise TooManyHang(f"{self._pool.left_behind} handlers exceeded their limit and hang")
        if self._lane.is_overdue:
            self._lane.abandon(blame=True)
            self._lane = self._new_lane()
            self._lane.start()

    # The end -------------------------------------------------------------------------------------

    def _wind_up(self) -> None:
        """Let what is in hand come to its end within the grace period; give back the rest."""
        self._stopping = True
        self._lane.stop()
        ends_at = time.monotonic() + self._grace
        try:
            self._pool.give_back_waiting()
            while time.monotonic() < ends_at and (self._pool.is_busy or self._lane.is_alive):
                self._receive()
            self._pool.hand_back()
            if self._lane.is_alive:
                self._lane.abandon(blame=False)
        except (OperationalError, InterfaceError) as error:
            # Their leases run out by themselves.
            self._reconnection.lost(error)
        self._pool.end_threads()
