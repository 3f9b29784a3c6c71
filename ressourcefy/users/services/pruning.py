"""Sessions go some time after their last day."""

from datetime import timedelta

from core.pruning import batch_of, prunes, run_batch
from users.models import UserSession

_TABLE = UserSession._meta.db_table
_DELETE = batch_of(_TABLE, time="expires_at")


@prunes("sessions")
def prune_sessions(*, age: timedelta, limit: int, using: str) -> int:
    """Delete sessions that have been over for `age`, those that were ended early with them."""
    return run_batch(_DELETE, age=age, limit=limit, using=using)
