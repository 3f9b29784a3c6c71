"""What a person's subscription is, and what to do about it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, OuterRef

from core.metrics import timed_read
from monetization.models import Subscription
from monetization.models.subscription import RENEWAL_GRACE
from monetization.services.catalogue import all_prices
from monetization.types import Plan, StripeStatus, SubscriptionSource, SubscriptionStatus
from users.models import User


class RequiredAction(StrEnum):
    """What keeps a subscription from running."""

    NONE = "none"
    PAY_INVOICE = "pay_invoice"
    CONTACT_SUPPORT = "contact_support"


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnSubscription:
    """The subscription that counts: the one that gives access, or the newest.

    `stripe_status` is Stripe's own word, empty without one. `access_until` is when access ends by
    the clock if nothing is heard of Stripe; None for no end, or no access. `action_url` is a page
    of Stripe's.
    """

    id: UUID | None
    plan: Plan
    offer: str
    status: SubscriptionStatus | None
    stripe_status: str
    origin: SubscriptionSource | None
    started_at: datetime | None
    current_period_end: datetime | None
    trial_end: datetime | None
    cancel_at: datetime | None
    ends_at: datetime | None
    has_access: bool
    access_until: datetime | None
    action: RequiredAction
    action_url: str | None
    next_payment_attempt_at: datetime | None


_FREE = OwnSubscription(
    id=None,
    plan=Plan.FREE,
    offer="",
    status=None,
    stripe_status="",
    origin=None,
    started_at=None,
    current_period_end=None,
    trial_end=None,
    cancel_at=None,
    ends_at=None,
    has_access=False,
    access_until=None,
    action=RequiredAction.NONE,
    action_url=None,
    next_payment_attempt_at=None,
)


@timed_read
def get_own_subscription(user: User) -> OwnSubscription:
    """One query. Whoever never subscribed has the free plan."""
    granting = Subscription.objects.granting_access().filter(pk=OuterRef("pk"))
    row = (
        Subscription.objects.filter(user=user)
        .with_status_now()
        .annotate(has_access=Exists(granting))
        .order_by("-has_access", "-started_at", "-id")
        .first()
    )
    return _FREE if row is None else _of(row)


def _of(row: Subscription) -> OwnSubscription:
    has_access = bool(row.has_access)  # type: ignore[attr-defined]
    offers = {price.price_id: price.key for price in all_prices()}
    action = _action(row)
    return OwnSubscription(
        id=row.pk,
        plan=Plan(row.plan),
        offer=offers.get(row.price_id, ""),
        status=SubscriptionStatus(row.status_now),
        stripe_status=row.stripe_status,
        origin=SubscriptionSource(row.source),
        started_at=row.started_at,
        current_period_end=row.current_period_end,
        trial_end=row.trial_end,
        cancel_at=row.cancel_at,
        ends_at=row.ends_at,
        has_access=has_access,
        access_until=_access_until(row) if has_access else None,
        action=action,
        action_url=(
            row.hosted_invoice_url or None if action is RequiredAction.PAY_INVOICE else None
        ),
        next_payment_attempt_at=row.next_payment_attempt_at,
    )


def _action(row: Subscription) -> RequiredAction:
    if row.suspended_at is not None:
        return RequiredAction.CONTACT_SUPPORT
    if row.stripe_status in {StripeStatus.PAST_DUE, StripeStatus.UNPAID, StripeStatus.INCOMPLETE}:
        return RequiredAction.PAY_INVOICE
    return RequiredAction.NONE


def _access_until(row: Subscription) -> datetime | None:
    """The rule of access as a time, for people to read; the rule itself is a query."""
    if row.cancel_at is not None or row.source == SubscriptionSource.MANUAL:
        return row.cancel_at or row.ends_at
    if row.past_due_since is not None:
        return row.past_due_since + settings.BILLING_PAST_DUE_GRACE
    return row.current_period_end + RENEWAL_GRACE if row.current_period_end else None
