"""Is the outbox being drained? For health checks and dashboards."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Max, Min

from core.models import OutboxEvent

BACKLOG_AGE = timedelta(minutes=10)
BACKLOG_LIMIT = 100
#: Counts stop here, so that their cost does: a figure of this size means "or more".
COUNT_LIMIT = 100_000


@dataclass(frozen=True, slots=True)
class OutboxCounts:
    """How the outbox is doing; `last_processed_at` is None as long as nothing was."""

    pending: int
    processing: int
    failed: int
    oldest_pending_at: datetime | None
    last_processed_at: datetime | None


def is_outbox_stuck() -> bool:
    """Whether more than BACKLOG_LIMIT events have been open, and in no worker's hands, too long.

    One query that reads at most one index entry more than the limit. Dead events do not count:
    they wait for an operator, and no server gets better by being taken out of service for them.
    """
    overdue = OutboxEvent.objects.overdue(BACKLOG_AGE)
    return overdue.order_by("created_at")[: BACKLOG_LIMIT + 1].count() > BACKLOG_LIMIT


def get_outbox_counts() -> OutboxCounts:
    """Five queries on partial indexes, each bounded by COUNT_LIMIT rows."""
    events = OutboxEvent.objects
    status = OutboxEvent.Status

    def count(which: OutboxEvent.Status) -> int:
        return events.filter(status=which).order_by()[:COUNT_LIMIT].count()

    return OutboxCounts(
        pending=count(status.PENDING),
        processing=count(status.PROCESSING),
        failed=count(status.FAILED),
        oldest_pending_at=events.open().aggregate(at=Min("created_at"))["at"],
        last_processed_at=events.filter(status=status.COMPLETED).aggregate(at=Max("processed_at"))[
            "at"
        ],
    )
