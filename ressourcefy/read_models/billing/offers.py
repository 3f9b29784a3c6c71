"""What premium costs today."""

from dataclasses import dataclass

from django.conf import settings

from core.metrics import timed_read
from monetization.services.catalogue import offered_prices
from monetization.types import Plan


@dataclass(frozen=True, slots=True)
class Offer:
    """A way to pay for premium; the amount is in the smallest unit of `currency`."""

    key: str
    plan: Plan
    price_id: str
    amount_cents: int
    currency: str
    interval: str
    trial_days: int


@timed_read
def get_offers() -> list[Offer]:
    """No query: the catalogue is a setting."""
    return [
        Offer(
            key=price.key,
            plan=Plan.PREMIUM,
            price_id=price.price_id,
            amount_cents=price.amount_cents,
            currency=price.currency,
            interval=price.interval,
            trial_days=settings.BILLING_TRIAL_DAYS,
        )
        for price in offered_prices()
    ]
