"""Objects of Stripe as events and answers hold them; any field may be absent.

Shapes are those of API version 2025-03-31.basil and later (`docs/payments.md`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from application.services.stripe_service import APP
from monetization.services.subscriptions import SubscriptionFacts

type Object = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class StripeEvent:
    """A delivery as it is processed: `body` is the object that the event is about."""

    id: str
    type: str
    created: int
    body: Object

    @property
    def occurred_at(self) -> datetime:
        """When it happened at Stripe, to the second."""
        return datetime.fromtimestamp(self.created, UTC)


def value(body: Object, *path: str) -> Any:
    """What lies at the end of `path`; None if any part of it is absent or null."""
    found: Any = body
    for name in path:
        if not isinstance(found, Mapping):
            return None
        found = found.get(name)
    return found


def text(body: Object, *path: str) -> str:
    """A text; empty if it is absent or null."""
    found = value(body, *path)
    return found if isinstance(found, str) else ""


def number(body: Object, *path: str) -> int:
    """A whole number; 0 if it is absent or null."""
    found = value(body, *path)
    return found if isinstance(found, int) else 0


def moment(body: Object, *path: str) -> datetime | None:
    """A time; None if it is absent or null."""
    seconds = number(body, *path)
    return datetime.fromtimestamp(seconds, UTC) if seconds else None


def reference(body: Object, *path: str) -> str:
    """The id of another object, which may stand there whole; empty if there is none."""
    found = value(body, *path)
    return text(found, "id") if isinstance(found, Mapping) else text(body, *path)


def our_metadata(metadata: Any) -> tuple[UUID | None, UUID | None]:
    """The record and the user that we wrote on an object; None where we wrote nothing."""
    if not isinstance(metadata, Mapping) or metadata.get("app") != APP:
        return None, None
    return _uuid(metadata.get("record")), _uuid(metadata.get("user"))


def subscription_facts(body: Object) -> SubscriptionFacts:
    """What we keep of a subscription; the period is that of its first item."""
    items = value(body, "items", "data")
    item: Object = items[0] if isinstance(items, list) and items else {}
    started = moment(body, "start_date") or moment(body, "created") or datetime.now(UTC)
    return SubscriptionFacts(
        stripe_status=text(body, "status"),
        price_id=reference(item, "price"),
        item_id=text(item, "id"),
        started_at=started,
        current_period_start=moment(item, "current_period_start"),
        current_period_end=moment(item, "current_period_end"),
        trial_end=moment(body, "trial_end"),
        cancel_at=moment(body, "cancel_at"),
        cancel_at_period_end=value(body, "cancel_at_period_end") is True,
        canceled_at=moment(body, "canceled_at"),
        ended_at=moment(body, "ended_at"),
        pause_collection=text(body, "pause_collection", "behavior"),
        latest_invoice=reference(body, "latest_invoice"),
    )


def subscription_of_invoice(invoice: Object) -> str:
    """The subscription that an invoice is for; empty if it is for none."""
    return reference(invoice, "parent", "subscription_details", "subscription")


def _uuid(text_: Any) -> UUID | None:
    try:
        return UUID(text_)
    except (ValueError, TypeError, AttributeError):
        return None
