"""Deliveries of Stripe as they are kept."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import timezone

from application.exceptions import DeliveryMalformed
from application.services.billing.objects import number, text
from monetization.models import WebhookEvent

# What JSON can spell and PostgreSQL cannot store: NUL, and halves of characters.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
# Whoever stored a delivery processes it at once; after this long it is taken for dead.
_TAKEOVER = timedelta(seconds=60)


def parse_delivery(body: bytes) -> dict[str, Any]:
    """The event that signed bytes hold. Raises DeliveryMalformed."""
    try:
        payload = _storable(json.loads(body))
    except (ValueError, RecursionError) as error:
        raise DeliveryMalformed from error
    if not isinstance(payload, dict) or not text(payload, "id") or not text(payload, "type"):
        raise DeliveryMalformed
    return payload


def store_delivery(payload: Mapping[str, Any]) -> None:
    """Keep a delivery, once however often it comes, and before anything is made of it."""
    occurred = number(payload, "created")
    WebhookEvent.objects.bulk_create(
        [
            WebhookEvent(
                stripe_id=text(payload, "id"),
                event_type=text(payload, "type"),
                payload=payload,
                occurred_at=datetime.fromtimestamp(occurred, UTC) if occurred else None,
                api_version=text(payload, "api_version"),
                next_retry_at=timezone.now() + _TAKEOVER,
            )
        ],
        ignore_conflicts=True,
    )


def _storable(value: Any) -> Any:
    """The same without what the database would refuse: an odd name must not hold money up."""
    if isinstance(value, dict):
        return {_storable(name): _storable(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_storable(inner) for inner in value]
    return _UNSTORABLE.sub("\ufffd", value) if isinstance(value, str) else value
