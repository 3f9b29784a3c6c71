"""Subscriptions, purchases and the ledger."""

from monetization.models.checkout import PaymentIntentRecord, StripeCustomer, WebhookEvent
from monetization.models.ledger import Payment, Purchase, Refund
from monetization.models.subscription import Subscription

__all__ = [
    "Payment",
    "PaymentIntentRecord",
    "Purchase",
    "Refund",
    "StripeCustomer",
    "Subscription",
    "WebhookEvent",
]
