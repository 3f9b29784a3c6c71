"""Subscriptions and payments for tests."""

from typing import Any
from uuid import uuid4

from monetization.models import Payment, Subscription
from monetization.types import PaymentStatus
from users.models import User


def make_subscription(user: User, **fields: Any) -> Subscription:
    """A premium subscription given by an administrator, open-ended unless `fields` say more."""
    return Subscription.objects.create(user=user, **fields)


def make_payment(user: User, **fields: Any) -> Payment:
    """A completed payment of nine dollars."""
    defaults: dict[str, Any] = {
        "amount_cents": 900,
        "provider_reference": f"in_{uuid4().hex}",
        "status": PaymentStatus.COMPLETED,
    }
    return Payment.objects.create(user=user, **(defaults | fields))
