"""Audit entries go when nobody may ask for them any more; only the owner role can do it."""

from datetime import timedelta

from audit.models import AuditLog
from core.pruning import batch_of, prunes, run_batch

_TABLE = AuditLog._meta.db_table
_DELETE = batch_of(_TABLE, time="created_at")


@prunes("audit_log")
def prune_audit_log(*, age: timedelta, limit: int, using: str) -> int:
    """Delete the oldest entries."""
    return run_batch(_DELETE, age=age, limit=limit, using=using)
