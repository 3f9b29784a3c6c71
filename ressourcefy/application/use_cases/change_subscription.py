"""Change a subscription that an administrator gave."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext

from application.dto.commands import ChangeSubscriptionCommand
from application.dto.results import ChangedSubscription
from application.exceptions import AdministratorsOnly
from application.policies.account_policy import can_keep_books
from application.services.billing.announcements import announce_activation
from core.exceptions import InvalidAction
from core.services.audit import audit_change
from monetization.exceptions import SubscriptionNotFound
from monetization.models import Subscription
from monetization.services.locks import lock_billing
from monetization.services.manual_subscriptions import change_by_hand
from monetization.services.subscriptions import has_subscription
from monetization.types import Plan, SubscriptionSource, SubscriptionStatus

_AUDITED = ("plan", "status", "ends_at")


class ChangeSubscription:
    """Plan, status and end. What Stripe keeps is changed there, and refused here.

    Nothing is recorded where nothing differs. Raises AccessDenied, SubscriptionNotFound, and
    InvalidAction for a subscription at Stripe, a status that does not fit its end, and one that
    would give premium to somebody who has it already.
    """

    @transaction.atomic
    def execute(self, command: ChangeSubscriptionCommand) -> ChangedSubscription:
        if not can_keep_books(command.user):
            raise AdministratorsOnly
        found = Subscription.objects.filter(pk=command.subscription_id).first()
        if found is None:
            raise SubscriptionNotFound
        if found.source != SubscriptionSource.MANUAL:
            raise InvalidAction(
                gettext("Stripe keeps this subscription: change it there, or cancel it.")
            )
        lock_billing(found.user_id)
        subscription = Subscription.objects.with_status_now().get(pk=found.pk)

        had_access = _grants(subscription)
        before = _state(subscription)
        others_grant = not had_access and has_subscription(subscription.user_id)
        changed = change_by_hand(subscription, command.changes)
        subscription = Subscription.objects.with_status_now().get(pk=found.pk)
        if _grants(subscription) and not had_access:
            if others_grant:
                raise InvalidAction(gettext("This account has premium already."))
            announce_activation(subscription)
        if changed:
            after = _state(subscription)
            audit_change(
                entity=subscription,
                action="UPDATE",
                actor=command.user,
                before={name: before[name] for name in _AUDITED if before[name] != after[name]},
                after={name: after[name] for name in _AUDITED if before[name] != after[name]},
            )
        return ChangedSubscription(
            subscription_id=subscription.pk,
            status=SubscriptionStatus(subscription.status_now),
            plan=Plan(subscription.plan),
        )


def _grants(subscription: Subscription) -> bool:
    return subscription.status_now == SubscriptionStatus.ACTIVE


def _state(subscription: Subscription) -> dict[str, Any]:
    ends_at: datetime | None = subscription.ends_at
    return {
        "plan": subscription.plan,
        "status": subscription.status,
        "ends_at": ends_at.isoformat() if ends_at else None,
    }
