"""A stored delivery takes effect: once, whole, and whoever else has it in hand waits."""

import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from application.services.billing.events import APPLIERS
from application.services.billing.objects import StripeEvent, number, reference, text, value
from application.services.billing.sync_requests import SyncKind, request_sync
from application.services.stripe_service import API_RELEASE
from core import metrics
from core.redaction import redact
from monetization.models import WebhookEvent
from monetization.types import WebhookStatus

logger = logging.getLogger("billing")

_SETTLED = {WebhookStatus.PROCESSED, WebhookStatus.IGNORED}
_FIRST_WAIT = timedelta(seconds=30)
_LONGEST_WAIT = timedelta(hours=1)
_LONGEST_ERROR = 500


def event_of(payload: Mapping[str, Any]) -> StripeEvent:
    """The event that a payload holds."""
    body = value(payload, "data", "object")
    return StripeEvent(
        id=text(payload, "id"),
        type=text(payload, "type"),
        created=number(payload, "created"),
        body=body if isinstance(body, Mapping) else {},
    )


def process(stripe_id: str) -> WebhookStatus:
    """Let a stored delivery take effect; what has taken effect is left alone.

    Raises whatever went wrong, after it was written down: the delivery is FAILED then, and tried
    again by the sweeper, by Stripe or by an operator.
    """
    try:
        with metrics.WEBHOOK_LATENCY.time(), transaction.atomic():
            return _process_locked(stripe_id)
    except Exception as error:
        _fail(stripe_id, error)
        raise


def _process_locked(stripe_id: str) -> WebhookStatus:
    row = WebhookEvent.objects.select_for_update().get(stripe_id=stripe_id)
    if row.status in _SETTLED:
        return WebhookStatus(row.status)
    status = _apply(row)
    row.status = status
    row.processed_at = timezone.now()
    row.error_message = ""
    row.save(update_fields=["status", "processed_at", "error_message", "updated_at"])
    outcome, event_type = str(status).lower(), _label(row.event_type)
    transaction.on_commit(lambda: metrics.WEBHOOKS.labels(event_type, outcome).inc())
    return status


def _apply(row: WebhookEvent) -> WebhookStatus:
    applier = APPLIERS.get(row.event_type)
    if applier is None:
        return WebhookStatus.IGNORED
    if value(row.payload, "livemode") is not settings.STRIPE_IS_LIVE:
        logger.error(
            "A delivery of Stripe is of the other mode than our key.",
            extra={"stripe_event": row.stripe_id},
        )
        return WebhookStatus.IGNORED
    if row.api_version.partition(".")[2] != API_RELEASE:
        # Its fields may lie elsewhere, so the object is asked for in the shape that we read.
        logger.error(
            "A delivery of Stripe is of another release of its API; the endpoint needs ours.",
            extra={"stripe_event": row.stripe_id, "api_version": row.api_version},
        )
        request_sync(SyncKind.DELIVERY, row.stripe_id, because=row.stripe_id)
        return WebhookStatus.PROCESSED
    is_ours = applier(event_of(row.payload))
    return WebhookStatus.PROCESSED if is_ours else WebhookStatus.IGNORED


def _fail(stripe_id: str, error: Exception) -> None:
    """Write down why, in a transaction of its own: of the attempt itself nothing is left."""
    with transaction.atomic():
        row = WebhookEvent.objects.select_for_update().filter(stripe_id=stripe_id).first()
        if row is None or row.status in _SETTLED:
            return
        row.status = WebhookStatus.FAILED
        row.attempts += 1
        row.error_message = redact(f"{type(error).__name__}: {error}")[:_LONGEST_ERROR]
        wait = _FIRST_WAIT * 2 ** min(row.attempts - 1, 10)
        row.next_retry_at = timezone.now() + min(wait, _LONGEST_WAIT)
        row.save(
            update_fields=["status", "attempts", "error_message", "next_retry_at", "updated_at"]
        )
    metrics.WEBHOOKS.labels(_label(row.event_type), "failed").inc()


def _label(event_type: str) -> str:
    """A label of which there are few: types that nothing is made of are one."""
    return event_type if event_type in APPLIERS else "other"


def subject_of(payload: Mapping[str, Any]) -> tuple[str, str]:
    """The kind and the id of the object that a delivery is about."""
    return text(payload, "data", "object", "object"), reference(payload, "data", "object")
