"""The vocabulary of money."""

from enum import StrEnum
from typing import NewType
from uuid import UUID

from django.db import models

PaymentId = NewType("PaymentId", UUID)


class Plan(models.TextChoices):
    """What a subscription gives."""

    FREE = "free"
    PREMIUM = "premium"


class SubscriptionStatus(models.TextChoices):
    """Our own three words for the many of the provider, which is kept beside them."""

    ACTIVE = "active"
    CANCELED = "canceled"
    EXPIRED = "expired"


class StripeStatus(StrEnum):
    """Stripe's words for the state of a subscription; others may come and are kept as they are.

    https://docs.stripe.com/api/subscriptions/object#subscription_object-status
    """

    ACTIVE = "active"
    TRIALING = "trialing"
    PAST_DUE = "past_due"
    INCOMPLETE = "incomplete"
    INCOMPLETE_EXPIRED = "incomplete_expired"
    UNPAID = "unpaid"
    PAUSED = "paused"
    CANCELED = "canceled"


# What Stripe may still charge for.
LIVE_STATUSES = (
    StripeStatus.ACTIVE,
    StripeStatus.TRIALING,
    StripeStatus.PAST_DUE,
    StripeStatus.UNPAID,
    StripeStatus.PAUSED,
)
# What no event brings back: only Stripe itself, asked anew, may say otherwise.
TERMINAL_STATUSES = (StripeStatus.CANCELED, StripeStatus.INCOMPLETE_EXPIRED)


class SubscriptionSource(models.TextChoices):
    """Who keeps the subscription: the provider, or an administrator."""

    STRIPE = "stripe"
    MANUAL = "manual"


class PaymentStatus(models.TextChoices):
    """The life of a payment; one refunded in part stays completed."""

    PENDING = "pending"
    COMPLETED = "completed"
    FAILED = "failed"
    REFUNDED = "refunded"


class IntentStatus(models.TextChoices):
    """The life of a checkout."""

    CREATED = "created"
    PROCESSING = "processing"
    COMPLETED = "completed"
    EXPIRED = "expired"
    FAILED = "failed"
    REVIEW = "review"


class IntentKind(models.TextChoices):
    """What a checkout buys."""

    SUBSCRIPTION = "subscription"
    PURCHASE = "purchase"


class PurchaseStatus(models.TextChoices):
    """Whether a purchase opens its resource."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    REVOKED = "revoked"


class DisputeStatus(models.TextChoices):
    """The life of a dispute; the last two are final."""

    NONE = "none"
    OPEN = "open"
    WON = "won"
    LOST = "lost"


class RefundStatus(models.TextChoices):
    """The life of a refund."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class WebhookStatus(models.TextChoices):
    """What became of a delivery; only the last two are never processed again."""

    PENDING = "PENDING"
    FAILED = "FAILED"
    PROCESSED = "PROCESSED"
    IGNORED = "IGNORED"
