"""Subscriptions, purchases and the ledger."""

from monetization.models.checkout import PaymentIntentRecord, StripeCustomer, WebhookEvent
from monetization.models.ledger import Dispute, Payment, Purchase, Refund, StripeCharge
from monetization.models.subscription import Subscription

__all__ = [
    "Dispute",
    "Payment",
    "PaymentIntentRecord",
    "Purchase",
    "Refund",
    "StripeCharge",
    "StripeCustomer",
    "Subscription",
    "WebhookEvent",
]
