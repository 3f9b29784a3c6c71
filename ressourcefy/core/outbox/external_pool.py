"""The threads of a worker that deliver events with effects outside, one event each."""

import queue
import threading
import time
from collections.abc import Callable

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection

from core.outbox import claims
from core.outbox.claims import Claimed
from core.outbox.delivery import deliver, logger, record
from core.outbox.outcomes import TimedOut
from core.outbox.registry import handlers_of

_SECONDS_BETWEEN_TRIES = 0.2


class Job:
    """One event on its way through the pool."""

    def __init__(self, claim: Claimed) -> None:
        self.claim = claim
        self.limit = handlers_of(claim.event.event_type).seconds
        self.begun_at = self.renewed_at = time.monotonic()
        self.is_done_outside = False
        self.is_abandoned = False

    @property
    def is_overdue(self) -> bool:
        """Whether it takes longer than it may; writing the result down may take a lease more."""
        allowed = self.limit + (settings.OUTBOX_LEASE_SECONDS if self.is_done_outside else 0)
        return time.monotonic() - self.begun_at > allowed

    @property
    def needs_renewal(self) -> bool:
        """Whether half of the lease is over; only handlers with a long limit come to that."""
        return time.monotonic() - self.renewed_at > settings.OUTBOX_LEASE_SECONDS / 2

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

    A thread cannot be ended from outside. One that exceeds its limit is left behind: its event is
    taken from it, another thread takes its place, and whatever it still records changes nothing.
    """

    def __init__(
        self, threads: int, *, finished: Callable[[Job, BaseException | None], None]
    ) -> None:
        self._threads = threads
        self._finished = finished
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._running: set[Job] = set()
        self._left_behind: set[Job] = set()
        self._all: list[threading.Thread] = []
        for _ in range(threads):
            self._add_thread()

    @property
    def free(self) -> int:
        """How many jobs can begin at once."""
        return self._threads - len(self._running)

    @property
    def is_busy(self) -> bool:
        """Whether a job is under way that nobody gave up."""
        return bool(self._running)

    @property
    def left_behind(self) -> int:
        """How many threads hang in handlers that exceeded their limit."""
        return len(self._left_behind)

    def submit(self, claim: Claimed) -> None:
        """Begin with an event."""
        job = Job(claim)
        self._running.add(job)
        self._jobs.put(job)

    def forget(self, job: Job) -> None:
        """A job is finished."""
        self._running.discard(job)
        self._left_behind.discard(job)

    def watch(self) -> None:
        """Take the events of overdue jobs from them; renew leases that long handlers need."""
        for job in list(self._running):
            if job.is_overdue:
                self._leave_behind(job)
            elif job.needs_renewal:
                claims.renew([job.claim.event.id], job.claim.token)
                job.renewed_at = time.monotonic()

    def hand_back(self) -> None:
        """Give back what is still under way."""
        for job in self._running:
            claims.hand_back([job.claim.event.id], job.claim.token)

    def end_threads(self) -> None:
        """Let the free threads close their connections and end."""
        for _ in self._all:
            self._jobs.put(None)
        for thread in self._all:
            thread.join(timeout=0 if self._running or self._left_behind else None)

    def _leave_behind(self, job: Job) -> None:
        record(job.claim, TimedOut(job.limit))
        job.is_abandoned = True
        self._running.discard(job)
        self._left_behind.add(job)
        self._add_thread()

    def _add_thread(self) -> None:
        thread = threading.Thread(target=self._work, name="outbox-external", daemon=True)
        self._all.append(thread)
        thread.start()

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            end: BaseException | None = None
            try:
                connection.close_if_unusable_or_obsolete()
                deliver(job.claim, persist=job.persist)
            except (OperationalError, InterfaceError) as error:
                connection.close()
                logger.error(
                    "The end of an attempt could not be recorded; it is repeated after its lease.",
                    extra={"event_id": str(job.claim.event.id), "error": type(error).__name__},
                )
            except BaseException as error:  # the worker raises it
                end = error
            self._finished(job, end)
            if job.is_abandoned:
                break
        connection.close()
