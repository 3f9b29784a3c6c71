"""End somebody's subscription at this moment."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext

from application.dto.commands import CancelSubscriptionCommand
from application.dto.results import CanceledSubscription
from application.exceptions import AdministratorsOnly
from application.policies.account_policy import can_keep_books
from application.services.billing.cancellations import end_at_stripe, record_end
from application.services.stripe_service import StripeService
from core.exceptions import InvalidAction
from monetization.exceptions import SubscriptionNotFound
from monetization.models import Subscription
from monetization.services.locks import lock_billing
from monetization.services.subscriptions import end_by_hand
from monetization.types import SubscriptionSource, SubscriptionStatus
from users.models import User


@dataclass(slots=True)
class CancelSubscription:
    """At Stripe first, outside any transaction, where Stripe keeps it; its answer is applied.

    Raises AccessDenied, SubscriptionNotFound, InvalidAction for one that has ended or that Stripe
    will not end, and PaymentsUnavailable, after which nothing has changed.
    """

    payments: Callable[[], StripeService] = StripeService

    def execute(self, command: CancelSubscriptionCommand) -> CanceledSubscription:
        if not can_keep_books(command.user):
            raise AdministratorsOnly
        subscription = Subscription.objects.filter(pk=command.subscription_id).first()
        if subscription is None:
            raise SubscriptionNotFound
        _refuse_ended(subscription)
        if subscription.source == SubscriptionSource.MANUAL:
            _end_by_hand(subscription, command.user)
        else:
            end_at_stripe(self.payments(), subscription, actor=command.user)
        return CanceledSubscription(
            subscription_id=subscription.pk, status=SubscriptionStatus.CANCELED
        )


@transaction.atomic
def _end_by_hand(subscription: Subscription, actor: User) -> None:
    lock_billing(subscription.user_id)
    # Somebody else may have ended it while we waited.
    subscription.refresh_from_db()
    _refuse_ended(subscription)
    end_by_hand(subscription)
    record_end(subscription, actor=actor)


def _refuse_ended(subscription: Subscription) -> None:
    if subscription.ended_at is not None:
        raise InvalidAction(gettext("This subscription has ended already."))
