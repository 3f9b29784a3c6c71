"""Whose is it? By ids that we stored and by what we wrote on an object; never by an address."""

from typing import Any
from uuid import UUID

from application.services.billing.objects import our_metadata
from monetization.models import StripeCustomer, Subscription
from users.models import User


def find_owner(
    *, customer_id: str = "", subscription_id: str = "", metadata: Any = None
) -> UUID | None:
    """The person to whom an object of Stripe belongs; None if it is not ours."""
    if subscription_id:
        known = Subscription.objects.filter(stripe_subscription_id=subscription_id)
        if (owner := known.values_list("user_id", flat=True).first()) is not None:
            return owner
    if customer_id:
        customers = StripeCustomer.objects.filter(stripe_customer_id=customer_id)
        if (owner := customers.values_list("user_id", flat=True).first()) is not None:
            return owner
    _record, user_id = our_metadata(metadata)
    if user_id is not None and User.all_objects.filter(pk=user_id).exists():
        return user_id
    return None
