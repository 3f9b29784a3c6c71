"""Sessions go some time after their last day, and with them where they were opened from."""

from datetime import timedelta
from typing import Any

from django.db import connections

from core.pruning import prunes
from users.models import UserSession

_TABLE = UserSession._meta.db_table
_DELETE = f"""
DELETE FROM {_TABLE}
WHERE id = ANY (ARRAY (
    SELECT id
    FROM {_TABLE}
    WHERE expires_at < statement_timestamp() - %(age)s
    ORDER BY expires_at
    LIMIT %(limit)s
))
"""  # noqa: S608 - constants only


@prunes("sessions")
def prune_sessions(*, age: timedelta, limit: int, using: str) -> int:
    """Delete the sessions that ended first, in the order of an index."""
    with connections[using].cursor() as cursor:
        values: dict[str, Any] = {"age": age, "limit": limit}
        cursor.execute(_DELETE, values)
        return int(cursor.rowcount)
