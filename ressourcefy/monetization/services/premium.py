"""Has this person premium? The rule, once; everything that grants access asks here."""

from django.db.models import Exists

from monetization.models import Subscription
from users.models import User


def premium_exists(user: User) -> Exists:
    """The answer as a condition inside another query; it is evaluated once, not for each row."""
    return Exists(Subscription.objects.granting_access().filter(user=user))


def has_premium(user: User) -> bool:
    """Whether `user` has premium access at this moment, by the database's clock."""
    return Subscription.objects.granting_access().filter(user=user).exists()
