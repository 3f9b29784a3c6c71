"""Running the handlers of claimed events and recording how that ended."""

import logging
import time
from collections import Counter
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, Error, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.transaction import Atomic, TransactionManagementError

from core.metrics import EventOutcome, count_event
from core.models import OutboxEvent
from core.outbox import claims
from core.outbox.claims import Claimed
from core.outbox.event import Event
from core.outbox.outcomes import NeverFinished, Outcome, described
from core.outbox.registry import Handler, Handlers, external_types, handlers_of
from core.request_context import RequestContext, request_context, set_context

logger = logging.getLogger("core.outbox")

# A transaction with local effects ends after this, and gives back what it did not come to.
BATCH_SECONDS = 2.0


# By the status that the row got; without one the claim was lost.
_OUTCOMES: dict[str | None, EventOutcome] = {
    None: EventOutcome.LOST,
    OutboxEvent.Status.PENDING: EventOutcome.FAILED,
    OutboxEvent.Status.FAILED: EventOutcome.DEAD,
}

# What no request caused; made once, because bulk work consists of it.
_NO_REQUEST = RequestContext()

type Observer = Callable[[Claimed], None]


class ClaimLost(Exception):
    """Another worker owns the event now; nothing of this attempt may stay."""


class _BrokenBatch(Exception):
    """The transaction of a batch cannot go on."""


def nobody(claim: Claimed) -> None:
    """Watches nothing."""


def never() -> bool:
    """Does not stop."""
    return False


def _once(step: Callable[[], None]) -> None:
    step()


def dispatch_event(event: Event | OutboxEvent) -> None:
    """Run all handlers of an event, the local ones in one transaction; its row stays as it is.

    Raises what a handler raises, and UnregisteredEventType.
    """
    value = Event.of(event) if isinstance(event, OutboxEvent) else event
    handlers = handlers_of(value.event_type)
    with request_context(_context_of(value)):
        _run(handlers.external, value)
        with transaction.atomic():
            _run_local(handlers.local, value, connections[DEFAULT_DB_ALIAS])


def _context_of(event: Event) -> RequestContext:
    """Log lines of the handlers carry the id of the request that emitted the event."""
    return RequestContext(request_id=event.request_id) if event.request_id else _NO_REQUEST


def _run(handlers: Sequence[Handler], event: Event) -> None:
    for handler in handlers:
        handler.function(event)


def _run_local(
    handlers: Sequence[Handler], event: Event, in_transaction: BaseDatabaseWrapper
) -> None:
    for handler in handlers:
        handler.function(event)
    if in_transaction.needs_rollback:
        # Django would undo the effects without a word, and the event would count as done.
        raise TransactionManagementError("a handler hid an error of the database")


def deliver(
    claim: Claimed,
    *,
    begun: Observer = nobody,
    persist: Callable[[Callable[[], None]], None] = _once,
) -> None:
    """Deliver one event: external handlers, then the local ones together with the completion.

    `persist` runs what writes the result down, so that a worker can insist on it: the effects
    outside have happened. Raises only where the database cannot be asked; the claim then stands
    until its lease is over.
    """
    begun(claim)
    try:
        _refuse_killer(claim)
        handlers = handlers_of(claim.event.event_type)
        with request_context(_context_of(claim.event)):
            _run(handlers.external, claim.event)
        persist(lambda: _finish(claim, handlers))
    except ClaimLost:
        logger.warning("An event was no longer ours to finish.", extra=_about(claim.event))
    except (Exception, SystemExit) as error:
        failure = error
        persist(lambda: record(claim, failure))
    else:
        _log_done(claim.event)


def _refuse_killer(claim: Claimed) -> None:
    if claim.take_ups > settings.OUTBOX_MAX_CLAIMS:
        raise NeverFinished(claim.take_ups - 1)


def _finish(claim: Claimed, handlers: Handlers) -> None:
    if not handlers.local:
        _complete_alone(claim)
        return
    with transaction.atomic():
        # First, for its lock: nobody can take the event over until the effects are committed.
        _complete_alone(claim)
        with request_context(_context_of(claim.event)):
            _run_local(handlers.local, claim.event, connections[DEFAULT_DB_ALIAS])


def _complete_alone(claim: Claimed) -> None:
    if not claims.complete([claim.event.id], claim.token):
        raise ClaimLost


def deliver_batch(
    batch: Sequence[Claimed],
    *,
    begun: Observer = nobody,
    stopping: Callable[[], bool] = never,
) -> int:
    """Deliver events that have local handlers only, in one transaction with their completions.

    Events that were not begun when time was up, or `stopping` said so, are given back; returns how
    many were begun. Events with external handlers are given back as well, to their own lane: they
    were filed before their type had one.
    """
    batch = in_place(batch)
    try:
        with transaction.atomic():
            done, failed = _attempt(batch, begun, stopping)
            _give_back(batch[len(done) + len(failed) :])
            _complete(done)
            statuses = [_record(claim, error) for claim, error in failed]
    except (_BrokenBatch, Error):
        # Some handler spoilt the transaction, or a constraint that is checked at its end is
        # violated, or a claim was lost: one by one, so that only the guilty event suffers.
        return _deliver_singly(batch, begun, stopping)
    _log_all_done(done)
    for (claim, error), status in zip(failed, statuses, strict=True):
        _log_failure(claim.event, error, status)
    return len(done) + len(failed)


def in_place(batch: Sequence[Claimed]) -> list[Claimed]:
    """Those of the batch that belong to the local lane; the others are given back and filed anew.

    Which handlers a type has may change from one version of the product to the next, while events
    wait.
    """
    external = frozenset(external_types())
    misplaced = [claim for claim in batch if claim.event.event_type in external]
    if not misplaced:
        return list(batch)
    _give_back(misplaced)
    return [claim for claim in batch if claim.event.event_type not in external]


def _attempt(
    batch: Sequence[Claimed], begun: Observer, stopping: Callable[[], bool]
) -> tuple[list[Claimed], list[tuple[Claimed, BaseException]]]:
    done: list[Claimed] = []
    failed: list[tuple[Claimed, BaseException]] = []
    ends_at = time.monotonic() + BATCH_SECONDS
    # Looking the thread's connection up for each event would cost more than a small handler.
    in_transaction = connections[DEFAULT_DB_ALIAS]
    savepoint_when_needed = _SavepointWhenNeeded(in_transaction)
    # One block for all: a block for each event would cost more than a small handler as well.
    with request_context(_NO_REQUEST):
        for claim in batch:
            if time.monotonic() > ends_at or stopping():
                break
            begun(claim)
            event = claim.event
            set_context(_context_of(event) if event.request_id else _NO_REQUEST)
            try:
                handlers = handlers_of(event.event_type)
                with savepoint_when_needed:
                    _run_local(handlers.local, event, in_transaction)
            except (Exception, SystemExit) as error:
                if in_transaction.needs_rollback or in_transaction.connection is None:
                    raise _BrokenBatch from error
                failed.append((claim, error))
            else:
                done.append(claim)
    return done, failed


def _deliver_singly(batch: Sequence[Claimed], begun: Observer, stopping: Callable[[], bool]) -> int:
    for number, claim in enumerate(batch):
        if stopping():
            _give_back(batch[number:])
            return number
        deliver(claim, begun=begun)
    return len(batch)


def _complete(batch: Sequence[Claimed]) -> None:
    if batch and claims.complete(claims.ids_of(batch), batch[0].token) != len(batch):
        raise _BrokenBatch


def _give_back(batch: Sequence[Claimed]) -> None:
    if batch:
        claims.hand_back(claims.ids_of(batch), batch[0].token)


class _SavepointWhenNeeded:
    """A savepoint that begins with the first statement: a handler without one costs no round trip.

    What the block registered to follow the commit is forgotten with it if it raises. One object
    serves one block after another.
    """

    __slots__ = ("_connection", "_follow_ups", "_is_begun", "_savepoint")

    def __init__(self, in_transaction: BaseDatabaseWrapper) -> None:
        self._connection = in_transaction

    def __enter__(self) -> None:
        self._savepoint: Atomic | None = None
        self._is_begun = False
        self._follow_ups = len(self._connection.run_on_commit)
        self._connection.execute_wrappers.append(self._begin)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._connection.execute_wrappers.pop()
        if self._savepoint is not None:
            self._savepoint.__exit__(kind, error, trace)
        if error is not None:
            del self._connection.run_on_commit[self._follow_ups :]

    def _begin(self, execute: Callable[..., Any], *arguments: Any) -> Any:
        if not self._is_begun:
            # Set before, because making the savepoint is a statement too.
            self._is_begun = True
            opening = transaction.atomic()
            opening.__enter__()
            # Set after: what could not be made must not be undone either.
            self._savepoint = opening
        return execute(*arguments)


def record(claim: Claimed, error: BaseException) -> None:
    """Write down that an attempt failed, unless the claim was lost meanwhile."""
    _log_failure(claim.event, error, _record(claim, error))


def _record(claim: Claimed, error: BaseException) -> str | None:
    return claims.record_failure(claim.event.id, claim.token, Outcome.of(error))


def _about(event: Event) -> dict[str, Any]:
    return {
        "event_id": str(event.id),
        "event_type": event.event_type,
        "request_id": event.request_id,
    }


def _log_all_done(done: Sequence[Claimed]) -> None:
    by_type = Counter(claim.event.event_type for claim in done)
    for event_type, number in by_type.items():
        count_event(event_type, EventOutcome.DONE, number)
    tells_of_bulk = logger.isEnabledFor(logging.DEBUG)
    for claim in done:
        if tells_of_bulk or claim.event.request_id:
            _log_line(claim.event)


def _log_done(event: Event) -> None:
    count_event(event.event_type, EventOutcome.DONE)
    _log_line(event)


def _log_line(event: Event) -> None:
    # What no request caused is bulk work; a line for each would cost more than the work itself.
    level = logging.INFO if event.request_id else logging.DEBUG
    if logger.isEnabledFor(level):
        logger.log(level, "An event was handled.", extra=_about(event))


def _log_failure(event: Event, error: BaseException, status: str | None) -> None:
    about = _about(event) | {"error": described(error), "status": status or "claim lost"}
    count_event(event.event_type, _OUTCOMES[status])
    if status == OutboxEvent.Status.FAILED:
        logger.error("An event is dead.", extra=about, exc_info=error)
    else:
        logger.warning("An event could not be handled.", extra=about)
