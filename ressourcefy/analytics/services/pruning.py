"""User events go after a while, and what they say of a caller's machine much sooner."""

from datetime import timedelta

from analytics.models import UserEvent
from core.pruning import batch_of, prunes, run_batch

_TABLE = UserEvent._meta.db_table
_DELETE = batch_of(_TABLE, time="created_at")
_STRIP = batch_of(
    _TABLE,
    change="ip_address = NULL, user_agent = NULL",
    time="created_at",
    condition="ip_address IS NOT NULL OR user_agent IS NOT NULL",
)


@prunes("user_events")
def prune_user_events(*, age: timedelta, limit: int, using: str) -> int:
    """Delete user events; the index on time leads to the blocks that hold old ones."""
    return run_batch(_DELETE, age=age, limit=limit, using=using)


@prunes("caller_addresses")
def prune_caller_addresses(*, age: timedelta, limit: int, using: str) -> int:
    """Empty address and agent of user events, which stay."""
    return run_batch(_STRIP, age=age, limit=limit, using=using)
