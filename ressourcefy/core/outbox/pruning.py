"""Completed events go after a while; dead ones stay until somebody has dealt with them."""

from datetime import timedelta
from typing import Any

from django.db import connections

from core.models import OutboxEvent
from core.pruning import prunes

_TABLE = OutboxEvent._meta.db_table
_DELETE = f"""
DELETE FROM {_TABLE}
WHERE id = ANY (ARRAY (
    SELECT id
    FROM {_TABLE}
    WHERE status = '{OutboxEvent.Status.COMPLETED}'
      AND processed_at < statement_timestamp() - %(age)s
    ORDER BY processed_at
    LIMIT %(limit)s
))
"""  # noqa: S608 - constants only


@prunes("outbox_events")
def prune_completed_events(*, age: timedelta, limit: int, using: str) -> int:
    """Delete the oldest completed events, in the order of an index on them alone."""
    with connections[using].cursor() as cursor:
        values: dict[str, Any] = {"age": age, "limit": limit}
        cursor.execute(_DELETE, values)
        return int(cursor.rowcount)
