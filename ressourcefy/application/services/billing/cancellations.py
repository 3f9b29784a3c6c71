"""Ending subscriptions at Stripe."""

from datetime import UTC, datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from application.exceptions import PaymentsRefused
from application.services.billing.syncs import apply_subscription_answer
from application.services.stripe_service import Object, StripeService
from core.exceptions import InvalidAction
from core.services.audit import audit_change
from monetization.models import PaymentIntentRecord, Subscription
from monetization.types import TERMINAL_STATUSES, IntentStatus, SubscriptionStatus
from users.models import User


def end_at_stripe(stripe: StripeService, subscription: Subscription, *, actor: User) -> None:
    """End a subscription now; Stripe's answer is applied and recorded.

    Raises PaymentsUnavailable, and InvalidAction where Stripe will not end it; after both nothing
    has changed.
    """
    began_at = datetime.now(UTC)
    answer = _canceled(stripe, str(subscription.stripe_subscription_id))
    with transaction.atomic():
        apply_subscription_answer(answer, began_at=began_at)
        record_end(subscription, actor=actor)


def record_end(subscription: Subscription, *, actor: User) -> None:
    """Write down that `actor` ended it."""
    audit_change(
        entity=subscription,
        action="UPDATE",
        actor=actor,
        before={"status": subscription.status},
        after={"status": SubscriptionStatus.CANCELED},
    )


def end_all_at_stripe(stripe: StripeService, user_id: UUID, *, actor: User) -> None:
    """End all that a person pays, and close what they could still pay. Raises as the one above."""
    for subscription in Subscription.objects.live_at_stripe().filter(user_id=user_id):
        end_at_stripe(stripe, subscription, actor=actor)
    waiting = PaymentIntentRecord.objects.filter(
        user_id=user_id,
        status=IntentStatus.CREATED,
        stripe_session_id__isnull=False,
        expires_at__gt=timezone.now(),
    )
    for session_id in list(waiting.values_list("stripe_session_id", flat=True)):
        try:
            stripe.expire_checkout_session(str(session_id))
        except PaymentsRefused:
            # Paid or over by now. What was bought stays; a subscription is found by the caller.
            continue


def _canceled(stripe: StripeService, subscription_id: str) -> Object:
    try:
        return stripe.cancel_subscription(subscription_id)
    except PaymentsRefused as refusal:
        # It may have ended there already, and nobody told us.
        answer = stripe.subscription(subscription_id)
        if answer.get("status") not in TERMINAL_STATUSES:
            raise InvalidAction(gettext("Stripe does not end this subscription.")) from refusal
        return answer
