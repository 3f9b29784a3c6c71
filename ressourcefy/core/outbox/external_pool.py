"""The threads of a worker that deliver events with effects outside, one event each."""

import queue
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import cast

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection

from core.outbox import claims
from core.outbox.claims import Claimed
from core.outbox.delivery import deliver, logger, record
from core.outbox.outcomes import TimedOut
from core.outbox.registry import handlers_of

_SECONDS_BETWEEN_TRIES = 0.2
_SECONDS_UNCHECKED = 1.0
_THREADS_FOR_ONE_WAITING = 4


class Job:
    """One event on its way through the pool."""

    def __init__(self, claim: Claimed) -> None:
        self.claim = claim
        self.limit = handlers_of(claim.event.event_type).seconds
        self.renewed_at = time.monotonic()
        self.begun_at: float | None = None
        self.is_done_outside = False
        self.is_abandoned = False

    @property
    def is_overdue(self) -> bool:
        """Whether it takes longer than it may; writing the result down may take a lease more."""
        if self.begun_at is None:
            return False
        allowed = self.limit + (settings.OUTBOX_LEASE_SECONDS if self.is_done_outside else 0)
        return time.monotonic() - self.begun_at > allowed

    @property
    def needs_renewal(self) -> bool:
        """Whether half of the lease is over; only behind or in long handlers it comes to that."""
        return time.monotonic() - self.renewed_at > settings.OUTBOX_LEASE_SECONDS / 2

    def begin(self) -> bool:
        """Whether the event is still ours to begin with; the worker may have been frozen."""
        self.begun_at = time.monotonic()
        return not self.needs_renewal or self.renew()

    def renew(self) -> bool:
        """Begin the lease anew; False if the claim was lost."""
        self.renewed_at = time.monotonic()
        return claims.renew([self.claim.event.id], self.claim.token) > 0

    def persist(self, step: Callable[[], None]) -> None:
        """Write the result down, also through a restart of the database, while the lease lasts."""
        self.is_done_outside = True
        while True:
            try:
                step()
            except (OperationalError, InterfaceError):
                if connection.is_usable() or self._lease_is_over():
                    raise
                connection.close()
                time.sleep(_SECONDS_BETWEEN_TRIES)
            else:
                return

    def _lease_is_over(self) -> bool:
        return time.monotonic() - self.renewed_at > settings.OUTBOX_LEASE_SECONDS


class ExternalPool:
    """Runs jobs in `threads` threads; `finished` is called, in those threads, after each job.

    A few more jobs than threads are taken in, so that no thread waits for the next claim. A thread
    that hangs delays those by no more than its limit.

    A thread cannot be ended from outside. One that exceeds its limit is left behind: its event is
    taken from it, another thread takes its place, and whatever it still records changes nothing.
    """

    def __init__(
        self, threads: int, *, finished: Callable[[Job, BaseException | None], None]
    ) -> None:
        self._capacity = threads + threads // _THREADS_FOR_ONE_WAITING
        self._finished = finished
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._taken: set[Job] = set()
        self._left_behind: set[Job] = set()
        self._all: list[threading.Thread] = []
        for _ in range(threads):
            self._add_thread()

    @property
    def room(self) -> int:
        """How many jobs more there is room for."""
        return self._capacity - len(self._taken)

    @property
    def is_busy(self) -> bool:
        """Whether a job is under way that nobody gave up."""
        return bool(self._taken)

    @property
    def left_behind(self) -> int:
        """How many threads hang in handlers that exceeded their limit."""
        return len(self._left_behind)

    def submit(self, claim: Claimed) -> None:
        """Deliver an event as soon as a thread is free."""
        job = Job(claim)
        self._taken.add(job)
        self._jobs.put(job)

    def forget(self, job: Job) -> None:
        """A job is finished."""
        self._taken.discard(job)
        self._left_behind.discard(job)

    def watch(self) -> None:
        """Take the events of overdue jobs from them; renew leases that long handlers need."""
        for job in list(self._taken):
            if job.is_overdue:
                self._leave_behind(job)
            elif job.needs_renewal:
                job.renew()

    def give_back_waiting(self) -> None:
        """Give back the events that no thread has begun with."""
        with suppress(queue.Empty):
            while True:
                # None, for the end of a thread, is put only later.
                job = cast("Job", self._jobs.get_nowait())
                self._taken.discard(job)
                claims.hand_back([job.claim.event.id], job.claim.token)

    def hand_back(self) -> None:
        """Give back what is still taken."""
        for job in self._taken:
            claims.hand_back([job.claim.event.id], job.claim.token)

    def end_threads(self) -> None:
        """Let the free threads close their connections and end."""
        for _ in self._all:
            self._jobs.put(None)
        for thread in self._all:
            thread.join(timeout=0 if self._taken or self._left_behind else None)

    def _leave_behind(self, job: Job) -> None:
        record(job.claim, TimedOut(job.limit))
        job.is_abandoned = True
        self._taken.discard(job)
        self._left_behind.add(job)
        self._add_thread()

    def _add_thread(self) -> None:
        thread = threading.Thread(target=self._work, name="outbox-external", daemon=True)
        self._all.append(thread)
        thread.start()

    def _work(self) -> None:
        idle_since = time.monotonic()
        while (job := self._jobs.get()) is not None:
            end: BaseException | None = None
            try:
                if time.monotonic() - idle_since > _SECONDS_UNCHECKED:
                    # Has the next statement ask first whether the connection still works.
                    connection.close_if_unusable_or_obsolete()
                if job.begin():
                    deliver(job.claim, persist=job.persist)
            except (OperationalError, InterfaceError) as error:
                connection.close()
                logger.error(
                    "The end of an attempt could not be recorded; it is repeated after its lease.",
                    extra={"event_id": str(job.claim.event.id), "error": type(error).__name__},
                )
            except BaseException as error:  # the worker raises it
                end = error
            idle_since = time.monotonic()
            self._finished(job, end)
            if job.is_abandoned:
                break
        connection.close()
