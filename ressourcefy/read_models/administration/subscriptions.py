"""Everybody's subscriptions as they stand now, for administrators."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import FETCH_RAISE

from core.metrics import timed_read
from monetization.exceptions import SubscriptionNotFound
from monetization.models import Subscription
from monetization.models.subscription import SubscriptionQuerySet
from monetization.types import Plan, SubscriptionSource, SubscriptionStatus
from read_models.administration.lists import by_id, by_word, listing_of
from read_models.pagination import FIRST_PAGE, Listing, PageRequest

_COLUMNS = (
    "user_id",
    "user__email",
    "plan",
    "source",
    "stripe_status",
    "started_at",
    "ends_at",
    "created_at",
    "updated_at",
)


@dataclass(frozen=True, slots=True)
class AdministeredSubscription:
    """A subscription. `status` is how it stands at this moment; `user` is `user_id` once more.

    `origin` says who keeps it; `stripe_status` is Stripe's own word, empty without one.
    """

    id: UUID
    user: UUID
    user_id: UUID
    user_email: str
    plan: Plan
    status: SubscriptionStatus
    origin: SubscriptionSource
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
    """The newest first. Two queries; one where the page is empty."""
    filters = filters or SubscriptionFilters()
    rows = Subscription.objects.filter(
        by_id("user_id", filters.user_id), by_word("plan", filters.plan, Plan)
    )
    if filters.status is not None:
        is_word = filters.status in SubscriptionStatus.values
        rows = rows.standing(SubscriptionStatus(filters.status)) if is_word else rows.none()
    return listing_of(rows, page, load=_loaded, to_item=_to_item)


@timed_read
def get_administered_subscription(subscription_id: UUID) -> AdministeredSubscription:
    """One query. Raises SubscriptionNotFound."""
    row = _loaded(Subscription.objects.filter(pk=subscription_id)).first()
    if row is None:
        raise SubscriptionNotFound
    return _to_item(row)


def _loaded(rows: SubscriptionQuerySet) -> SubscriptionQuerySet:
    return rows.with_status_now().select_related("user").only(*_COLUMNS).fetch_mode(FETCH_RAISE)


def _to_item(row: Subscription) -> AdministeredSubscription:
    return AdministeredSubscription(
        id=row.pk,
        user=row.user_id,
        user_id=row.user_id,
        user_email=row.user.email,
        plan=Plan(row.plan),
        status=SubscriptionStatus(row.status_now),
        origin=SubscriptionSource(row.source),
        stripe_status=row.stripe_status,
        started_at=row.started_at,
        ends_at=row.ends_at,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
