"""Deleting an account that may pay for something, whoever wants it."""

from collections.abc import Callable
from uuid import UUID

from application.exceptions import SubscriptionRuns
from monetization.models import Subscription
from monetization.services.locks import lock_customer
from users.models import User

type Deletion = Callable[[dict[UUID, User], User], None]


def close_account(locked: dict[UUID, User], user: User, delete: Deletion) -> None:
    """Delete it, what it pays having been ended at Stripe before.

    `locked` is what `lock_superadmins_and` returned. Raises SubscriptionRuns if something is paid
    again, and LastSuperadmin.
    """
    lock_customer(user.id)
    if Subscription.objects.live_at_stripe().filter(user=user).exists():
        raise SubscriptionRuns
    delete(locked, user)
