"""Commands about money. `user` is whoever authentication found."""

from dataclasses import dataclass
from uuid import UUID

from monetization.services.manual_subscriptions import SubscriptionChanges
from users.models import User


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateCheckoutSessionCommand:
    """Pay for premium by an offer, named by its key or its price, or for one resource.

    Without addresses to return to, those of the settings are taken.
    """

    user: User
    plan: str = ""
    price_id: str = ""
    resource_id: UUID | None = None
    success_url: str = ""
    cancel_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenBillingPortalCommand:
    """Manage cards, plan and cancellation."""

    user: User
    return_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandleStripeWebhookCommand:
    """A delivery as it came: the raw bytes and what they are signed with."""

    body: bytes
    signature: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayWebhookCommand:
    """Process a delivery again that has not taken effect; without a user an operator does it."""

    stripe_id: str
    user: User | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundPaymentCommand:
    """Give a payment back; without an amount, all that is left of it."""

    user: User
    payment_id: UUID
    amount_cents: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelSubscriptionCommand:
    """End somebody's subscription at this moment."""

    user: User
    subscription_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeSubscriptionCommand:
    """Change what `changes` names."""

    user: User
    subscription_id: UUID
    changes: SubscriptionChanges


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantPremiumCommand:
    """Give somebody premium without payment; without days it has no end."""

    user: User
    user_id: UUID
    days: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconcileBillingCommand:
    """Compare with Stripe, for one account or for all; `is_dry` repairs nothing."""

    user_id: UUID | None = None
    is_dry: bool = False
