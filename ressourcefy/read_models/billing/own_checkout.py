"""How a checkout stands, for the page that payers come back to."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from core.metrics import timed_read
from monetization.exceptions import CheckoutNotFound
from monetization.models import PaymentIntentRecord
from monetization.types import IntentKind, IntentStatus
from users.models import User


@dataclass(frozen=True, slots=True)
class OwnCheckout:
    """A checkout of the caller's; it is paid when it is `completed`, whatever the page says."""

    session_id: str
    status: IntentStatus
    kind: IntentKind
    plan: str | None
    resource_id: UUID | None
    amount_cents: int | None
    currency: str
    created_at: datetime


@timed_read
def get_own_checkout(user: User, session_id: str) -> OwnCheckout:
    """One query. Raises CheckoutNotFound for an unknown one, and for somebody else's."""
    record = PaymentIntentRecord.objects.filter(user=user, stripe_session_id=session_id).first()
    if record is None:
        raise CheckoutNotFound
    return OwnCheckout(
        session_id=session_id,
        status=IntentStatus(record.status),
        kind=IntentKind(record.kind),
        plan=record.plan_key or None,
        resource_id=record.resource_id,
        amount_cents=record.amount_cents,
        currency=record.currency,
        created_at=record.created_at,
    )
