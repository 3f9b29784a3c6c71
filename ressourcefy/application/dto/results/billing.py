"""What use cases about money answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from monetization.types import Plan, SubscriptionStatus, WebhookStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckoutSession:
    """Where the payer goes next."""

    session_id: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BillingPortal:
    """Where a customer manages cards, plan and cancellation; good for some minutes."""

    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessedWebhook:
    """What became of a delivery."""

    stripe_id: str
    status: WebhookStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundedPayment:
    """Money on its way back."""

    payment_id: UUID
    refund_id: UUID
    refund_amount_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedSubscription:
    """How it stands at this moment."""

    subscription_id: UUID
    status: SubscriptionStatus
    plan: Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class CanceledSubscription:
    """A subscription that has ended."""

    subscription_id: UUID
    status: SubscriptionStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantedPremium:
    """Premium that an administrator gave; `ends_at` None means without end."""

    subscription_id: UUID
    ends_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciliation:
    """What was compared, what was different by kind, and what could not be repaired."""

    customers: int
    drift: Mapping[str, int] = field(default_factory=dict)
    failures: int = 0
