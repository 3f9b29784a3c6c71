"""Everybody's subscriptions as they stand now, for administrators.

    Sort -> Nested Loop Left Join
      -> CTE length: Aggregate -> Seq Scan on core_tally     a few rows
      -> Limit -> Index Scan using subscription_newest       or subscription_of_user,
                                                             subscription_newest_by_status ...
      -> Index Scan using users_user_pkey

What gives access, and so how a subscription stands, is compiled from the querysets of
`monetization`, which have the rule.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import TypedDict, cast
from uuid import UUID

from django.conf import settings

from core.database.compiled import annotation_in_sql, condition_in_sql
from core.metrics import timed_read
from monetization.exceptions import SubscriptionNotFound
from monetization.models import Subscription
from monetization.types import Plan, SubscriptionStatus
from read_models.administration.lists import Table, Wanted, listing_of, one_of, with_id
from read_models.long_lists import total_of
from read_models.pagination import FIRST_PAGE, Listing, PageRequest

_LENGTH = total_of("subscriptions/%")


class AdministeredSubscription(TypedDict):
    """A subscription. `status` is how it stands at this moment; `user` is `user_id` once more.

    `origin` says who keeps it; `stripe_status` is Stripe's own word, empty without one.
    """

    id: UUID
    user: UUID
    user_id: UUID
    user_email: str
    plan: str
    status: str
    origin: str
    stripe_status: str
    started_at: datetime
    ends_at: datetime | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionFilters:
    """What to list, in a client's words."""

    user_id: str | None = None
    status: str | None = None
    plan: str | None = None


@timed_read
def get_administered_subscriptions(
    filters: SubscriptionFilters | None = None, *, page: PageRequest = FIRST_PAGE
) -> Listing[AdministeredSubscription]:
    """The newest first. One query; two where a filter leaves more than is counted."""
    filters, wanted = filters or SubscriptionFilters(), Wanted()
    wanted.by_id("user_id", filters.user_id)
    wanted.by_word("plan", filters.plan, Plan)
    if filters.status in SubscriptionStatus.values:
        status = SubscriptionStatus(filters.status)
        wanted.where(_standing(status, settings.BILLING_PAST_DUE_GRACE))
    elif filters.status is not None:
        wanted.nothing()
    length = None if wanted.is_narrowed else _LENGTH
    found = listing_of(_subscriptions(settings.BILLING_PAST_DUE_GRACE), wanted, page, length=length)
    return cast("Listing[AdministeredSubscription]", found)


@timed_read
def get_administered_subscription(subscription_id: UUID) -> AdministeredSubscription:
    """One query. Raises SubscriptionNotFound."""
    row = one_of(_subscriptions(settings.BILLING_PAST_DUE_GRACE), with_id(subscription_id))
    if row is None:
        raise SubscriptionNotFound
    return cast("AdministeredSubscription", row)


@cache
def _standing(status: SubscriptionStatus, _grace: timedelta) -> str:
    return condition_in_sql(Subscription.objects.standing(status))


@cache
def _subscriptions(_grace: timedelta) -> Table:
    status_now = annotation_in_sql(Subscription.objects.with_status_now(), "status_now")
    return Table(
        "monetization_subscription",
        shown=f"*, {status_now} AS status_now",
        columns="""page.id, user_id AS user, user_id, email AS user_email, plan,
            status_now AS status, source AS origin, stripe_status, started_at, ends_at,
            page.created_at, page.updated_at""",
        joins="LEFT JOIN users_user AS payer ON payer.id = user_id",
    )
