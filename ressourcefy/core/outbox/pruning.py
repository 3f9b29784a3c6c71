"""Completed events go after a while; dead ones stay until somebody has dealt with them."""

from datetime import timedelta

from core.models import OutboxEvent
from core.pruning import batch_of, prunes, run_batch

_TABLE = OutboxEvent._meta.db_table
_COMPLETED = f"status = '{OutboxEvent.Status.COMPLETED}'"
_DELETE = batch_of(_TABLE, time="processed_at", condition=_COMPLETED)


@prunes("outbox_events")
def prune_completed_events(*, age: timedelta, limit: int, using: str) -> int:
    """Delete the oldest completed events, in the order of an index on them alone."""
    return run_batch(_DELETE, age=age, limit=limit, using=using)
