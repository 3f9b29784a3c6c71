"""Subscriptions that administrators gave, changed by hand.

The caller holds the lock on the person's billing (`monetization.services.locks`).
"""

from datetime import datetime
from typing import Any, TypedDict

from django.utils import timezone
from django.utils.translation import gettext

from core.exceptions import InvalidAction
from monetization.models import Subscription
from monetization.types import Plan, SubscriptionStatus


class SubscriptionChanges(TypedDict, total=False):
    """What to change; what is not named stays."""

    plan: Plan
    status: SubscriptionStatus
    ends_at: datetime | None


def change_by_hand(subscription: Subscription, changes: SubscriptionChanges) -> list[str]:
    """Change a subscription without Stripe; the names of the fields that differ now.

    What is canceled or expired ends at this moment, unless an end that has passed is named or
    known; what is made active needs an end to come, or none. Raises InvalidAction where status and
    end do not fit.
    """
    now = timezone.now()
    values: dict[str, Any] = dict(changes)
    status = changes.get("status", SubscriptionStatus(subscription.status))
    ends_at = changes.get("ends_at", subscription.ends_at)
    has_passed = ends_at is not None and ends_at <= now
    if status == SubscriptionStatus.ACTIVE:
        if "status" in changes and has_passed:
            raise InvalidAction(gettext("An active subscription has an end to come, or none."))
        values |= {"ended_at": None, "canceled_at": None}
    else:
        if "ends_at" in changes and not has_passed:
            raise InvalidAction(gettext("A subscription that is over has an end that has passed."))
        values["ends_at"] = ends_at if has_passed else now
        values["ended_at"] = subscription.ended_at or now
        if status == SubscriptionStatus.CANCELED:
            values["canceled_at"] = subscription.canceled_at or now
    changed = [name for name, value in values.items() if getattr(subscription, name) != value]
    for name in changed:
        setattr(subscription, name, values[name])
    if changed:
        subscription.save(update_fields=[*changed, "updated_at"])
    return changed
