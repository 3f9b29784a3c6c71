"""Payloads of settled deliveries go after a while; that a delivery came in stays on record."""

from datetime import timedelta

from core.pruning import batch_of, prunes, run_batch
from monetization.models import WebhookEvent
from monetization.types import WebhookStatus

_TABLE = WebhookEvent._meta.db_table
_EMPTY = batch_of(
    _TABLE,
    change="payload = '{}'",
    time="processed_at",
    condition=(
        f"status IN ('{WebhookStatus.PROCESSED}', '{WebhookStatus.IGNORED}')"
        " AND NOT (payload = '{}'::jsonb)"
    ),
)


@prunes("webhook_payloads")
def prune_webhook_payloads(*, age: timedelta, limit: int, using: str) -> int:
    """Empty the payloads of deliveries that will never be processed again."""
    return run_batch(_EMPTY, age=age, limit=limit, using=using)
