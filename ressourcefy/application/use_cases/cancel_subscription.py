"""End somebody's subscription at this moment."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import transaction
from django.utils.translation import gettext

from application.dto.commands import CancelSubscriptionCommand
from application.dto.results import CanceledSubscription
from application.policies.account_policy import can_keep_books
from application.services.billing.cancellations import cancel_at_stripe
from application.services.billing.syncs import apply_subscription_answer
from application.services.stripe_service import StripeService
from core.exceptions import AccessDenied, InvalidAction
from core.services.audit import audit_change
from monetization.exceptions import SubscriptionNotFound
from monetization.models import Subscription
from monetization.services.locks import lock_billing
from monetization.services.subscriptions import end_by_hand
from monetization.types import SubscriptionSource, SubscriptionStatus
from users.models import User


@dataclass(slots=True)
class CancelSubscription:
    """At Stripe first, outside any transaction, where Stripe keeps it; its answer is applied.

    Raises AccessDenied, SubscriptionNotFound, InvalidAction for one that has ended, and
    PaymentsUnavailable, after which nothing has changed.
    """

    payments: Callable[[], StripeService] = StripeService

    def execute(self, command: CancelSubscriptionCommand) -> CanceledSubscription:
        if not can_keep_books(command.user):
            raise AccessDenied("Only administrators can cancel subscriptions.")
        subscription = Subscription.objects.filter(pk=command.subscription_id).first()
        if subscription is None:
            raise SubscriptionNotFound
        if subscription.ended_at is not None:
            raise InvalidAction(gettext("This subscription has ended already."))
        if subscription.source == SubscriptionSource.MANUAL:
            _end_by_hand(subscription, command.user)
        else:
            began_at = datetime.now(UTC)
            answer = cancel_at_stripe(self.payments(), str(subscription.stripe_subscription_id))
            with transaction.atomic():
                apply_subscription_answer(answer, began_at=began_at)
                _record(subscription, command.user)
        return CanceledSubscription(
            subscription_id=subscription.pk, status=SubscriptionStatus.CANCELED
        )


@transaction.atomic
def _end_by_hand(subscription: Subscription, actor: User) -> None:
    lock_billing(subscription.user_id)
    end_by_hand(subscription)
    _record(subscription, actor)


def _record(subscription: Subscription, actor: User) -> None:
    audit_change(
        entity=subscription,
        action="UPDATE",
        actor=actor,
        before={"status": subscription.status},
        after={"status": SubscriptionStatus.CANCELED},
    )
