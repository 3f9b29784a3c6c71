"""Ending subscriptions at Stripe."""

from django.utils.translation import gettext

from application.exceptions import PaymentsRefused
from application.services.stripe_service import Object, StripeService
from core.exceptions import InvalidAction
from monetization.types import TERMINAL_STATUSES


def cancel_at_stripe(stripe: StripeService, subscription_id: str) -> Object:
    """End a subscription now, or find that it has ended; what Stripe answers of it.

    Raises PaymentsUnavailable, and InvalidAction where Stripe will not end it.
    """
    try:
        return stripe.cancel_subscription(subscription_id)
    except PaymentsRefused as refusal:
        # It may have ended there already, and nobody told us.
        answer = stripe.subscription(subscription_id)
        if answer.get("status") not in TERMINAL_STATUSES:
            raise InvalidAction(gettext("Stripe does not end this subscription.")) from refusal
        return answer
