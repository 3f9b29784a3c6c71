"""Subscriptions: what gives premium access."""

from datetime import timedelta
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Now
from django.utils import timezone

from core.models import BaseModel
from monetization.types import (
    LIVE_STATUSES,
    Plan,
    StripeStatus,
    SubscriptionSource,
    SubscriptionStatus,
)
from users.models import User

# A renewal that we have not heard of is repaired by the reconciliation before anyone is shut out.
RENEWAL_GRACE = timedelta(days=3)


def _grants_access() -> Q:
    """The rule of `docs/payments.md`, by the database's clock."""
    now = Now()
    not_over = (
        Q(plan=Plan.PREMIUM, suspended_at__isnull=True, ended_at__isnull=True)
        & (Q(cancel_at__isnull=True) | Q(cancel_at__gt=now))
        & (Q(ends_at__isnull=True) | Q(ends_at__gt=now))
    )
    by_hand = Q(source=SubscriptionSource.MANUAL, status=SubscriptionStatus.ACTIVE)
    paid = Q(
        source=SubscriptionSource.STRIPE,
        stripe_status__in=[StripeStatus.ACTIVE, StripeStatus.TRIALING],
        current_period_end__gt=now - RENEWAL_GRACE,
    )
    late = Q(
        source=SubscriptionSource.STRIPE,
        stripe_status=StripeStatus.PAST_DUE,
        past_due_since__gt=now - settings.BILLING_PAST_DUE_GRACE,
    )
    return not_over & (by_hand | paid | late)


class SubscriptionQuerySet(models.QuerySet["Subscription"]):
    """Queries on subscriptions, by the database's clock."""

    def granting_access(self) -> Self:
        """Subscriptions that give premium access at this moment (`docs/payments.md`)."""
        return self.filter(_grants_access())

    def live_at_stripe(self) -> Self:
        """Subscriptions that Stripe may still charge for, whether they give access or not."""
        return self.filter(
            source=SubscriptionSource.STRIPE, ended_at__isnull=True, stripe_status__in=LIVE_STATUSES
        )

    def with_status_now(self) -> Self:
        """Annotate `status_now`: the status, with what has run out by the clock as expired."""
        # What gives access comes first: the opposite of a condition on columns that may be null
        # is not what remains.
        return self.annotate(
            status_now=Case(
                When(
                    Q(status=SubscriptionStatus.ACTIVE) & _grants_access(),
                    then=Value(SubscriptionStatus.ACTIVE),
                ),
                When(status=SubscriptionStatus.ACTIVE, then=Value(SubscriptionStatus.EXPIRED)),
                default=F("status"),
            )
        )

    def standing(self, status: SubscriptionStatus) -> Self:
        """Subscriptions that have this status at this moment.

        Those that have run out by the clock are looked for among all that are stored as active.
        """
        if status == SubscriptionStatus.EXPIRED:
            stored = (SubscriptionStatus.ACTIVE, SubscriptionStatus.EXPIRED)
            return self.with_status_now().filter(status__in=stored, status_now=status)
        rows = self.filter(status=status)
        return rows.granting_access() if status == SubscriptionStatus.ACTIVE else rows


class Subscription(BaseModel):
    """A person's subscription. No row means the free plan; a person may have several over time.

    `stripe_status` is Stripe's own word, `status` ours. `applied_key` orders Stripe's events: the
    second of the event, the rank of its type, and 0 for an incomplete subscription.
    """

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="subscriptions")
    plan = models.CharField(max_length=7, choices=Plan, default=Plan.PREMIUM)
    status = models.CharField(
        max_length=8, choices=SubscriptionStatus, default=SubscriptionStatus.ACTIVE
    )
    source = models.CharField(
        max_length=6, choices=SubscriptionSource, default=SubscriptionSource.MANUAL
    )
    started_at = models.DateTimeField(default=timezone.now)
    ends_at = models.DateTimeField(null=True, blank=True)

    stripe_subscription_id = models.CharField(max_length=255, null=True, blank=True)  # noqa: DJ001
    stripe_status = models.CharField(max_length=30, blank=True, default="")
    price_id = models.CharField(max_length=255, blank=True, default="")
    item_id = models.CharField(max_length=255, blank=True, default="")
    current_period_start = models.DateTimeField(null=True, blank=True)
    current_period_end = models.DateTimeField(null=True, blank=True)
    trial_end = models.DateTimeField(null=True, blank=True)
    cancel_at = models.DateTimeField(null=True, blank=True)
    cancel_at_period_end = models.BooleanField(default=False)
    canceled_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    past_due_since = models.DateTimeField(null=True, blank=True)
    suspended_at = models.DateTimeField(null=True, blank=True)
    is_duplicate = models.BooleanField(default=False)
    pause_collection = models.CharField(max_length=30, blank=True, default="")
    latest_invoice = models.CharField(max_length=255, blank=True, default="")
    latest_paid_invoice = models.CharField(max_length=255, blank=True, default="")
    failed_invoice = models.CharField(max_length=255, blank=True, default="")
    payment_failed_at = models.DateTimeField(null=True, blank=True)
    next_payment_attempt_at = models.DateTimeField(null=True, blank=True)
    hosted_invoice_url = models.URLField(max_length=2_048, blank=True, default="")
    applied_key = models.JSONField(default=list, blank=True)
    synced_at = models.DateTimeField(null=True, blank=True)

    objects = SubscriptionQuerySet.as_manager()

    if TYPE_CHECKING:
        # Annotated by `with_status_now`.
        status_now: str

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["stripe_subscription_id"], name="subscription_stripe_id_unique"
            ),
            models.CheckConstraint(
                name="subscription_manual_has_no_stripe_id",
                condition=~Q(source=SubscriptionSource.MANUAL)
                | Q(stripe_subscription_id__isnull=True),
            ),
        ]
        indexes = [
            models.Index(
                fields=["user"],
                name="subscription_open_of_user",
                condition=Q(ended_at__isnull=True, plan=Plan.PREMIUM),
            ),
            models.Index(fields=["-created_at", "-id"], name="subscription_newest"),
            models.Index(fields=["status", "-id"], name="subscription_by_status"),
            models.Index(fields=["user", "-created_at", "-id"], name="subscription_of_user"),
            models.Index(fields=["plan", "-created_at", "-id"], name="subscription_newest_of_plan"),
            models.Index(
                fields=["status", "-created_at", "-id"], name="subscription_newest_by_status"
            ),
            # All that granting_access looks at, so that counting reads the index alone.
            models.Index(
                fields=["-id"],
                name="subscription_granting",
                condition=Q(ended_at__isnull=True, plan=Plan.PREMIUM, suspended_at__isnull=True),
                include=[
                    "source",
                    "status",
                    "stripe_status",
                    "current_period_end",
                    "past_due_since",
                    "cancel_at",
                    "ends_at",
                    "plan",
                    "ended_at",
                    "suspended_at",
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.plan} {self.status}"
