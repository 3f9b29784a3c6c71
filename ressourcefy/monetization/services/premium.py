"""Has this person premium? The rule, once; everything that grants access asks here."""

from datetime import timedelta
from functools import cache
from uuid import UUID

from django.conf import settings
from django.db.models import Exists

from core.database.compiled import in_sql
from monetization.models import Purchase, Subscription
from users.models import User

# Stands for whoever looks, until a statement is run.
_SOMEBODY = UUID(int=0)


def premium_exists(user: User) -> Exists:
    """The answer as a condition inside another query; it is evaluated once, not for each row."""
    return Exists(Subscription.objects.granting_access().filter(user=user))


def has_premium(user: User) -> bool:
    """Whether `user` has premium access at this moment, by the database's clock."""
    return Subscription.objects.granting_access().filter(user=user).exists()


def premium_in_sql() -> str:
    """The condition as text, with the parameter `viewer`."""
    return _premium_in_sql(settings.BILLING_PAST_DUE_GRACE)


def bought_in_sql() -> str:
    """The ids of what the parameter `viewer` has bought, as the text of a query."""
    return _bought_in_sql()


@cache
def _premium_in_sql(_grace: timedelta) -> str:
    granting = Subscription.objects.granting_access().filter(user=_SOMEBODY).values("pk")
    return f"EXISTS ({in_sql(granting, viewer=_SOMEBODY)})"


@cache
def _bought_in_sql() -> str:
    granted = Purchase.objects.granted().filter(user=_SOMEBODY).values("resource_id")
    return in_sql(granted, viewer=_SOMEBODY)
