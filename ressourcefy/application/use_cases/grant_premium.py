"""Give somebody premium without payment."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from application.dto.commands import GrantPremiumCommand
from application.dto.results import GrantedPremium
from application.policies.account_policy import can_keep_books
from application.services.billing.announcements import announce_activation
from core.exceptions import AccessDenied, InvalidAction
from core.services.audit import audit_change
from monetization.models import Subscription
from monetization.services.locks import lock_billing
from monetization.services.subscriptions import has_subscription
from monetization.types import Plan, SubscriptionSource, SubscriptionStatus
from users.exceptions import UserNotFound
from users.models import User

_MOST_DAYS = 3_650


class GrantPremium:
    """No delivery of Stripe ever touches it.

    Raises AccessDenied, UserNotFound, and InvalidAction for someone who has premium, and for a
    number of days that is none.
    """

    @transaction.atomic
    def execute(self, command: GrantPremiumCommand) -> GrantedPremium:
        if not can_keep_books(command.user):
            raise AccessDenied("Only administrators can give premium.")
        if command.days is not None and not 0 < command.days <= _MOST_DAYS:
            raise InvalidAction(gettext("Give between one day and ten years, or no end."))
        user = User.objects.filter(pk=command.user_id).first()
        if user is None:
            raise UserNotFound
        lock_billing(user.pk)
        if has_subscription(user.pk):
            raise InvalidAction(gettext("This account has premium already."))
        now = timezone.now()
        subscription = Subscription.objects.create(
            user=user,
            plan=Plan.PREMIUM,
            status=SubscriptionStatus.ACTIVE,
            source=SubscriptionSource.MANUAL,
            started_at=now,
            ends_at=None if command.days is None else now + timedelta(days=command.days),
        )
        announce_activation(subscription)
        audit_change(
            entity=subscription,
            action="CREATE",
            actor=command.user,
            after={
                "plan": subscription.plan,
                "status": subscription.status,
                "days": command.days,
            },
        )
        return GrantedPremium(subscription_id=subscription.pk, ends_at=subscription.ends_at)
