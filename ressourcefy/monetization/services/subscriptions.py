"""Subscriptions as Stripe tells of them: the order rule, and what a change amounts to.

The caller holds the lock on the person's billing (`monetization.services.locks`).
"""

from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models.functions import Now
from django.utils import timezone

from monetization.models import StripeCustomer, Subscription
from monetization.services.catalogue import is_in_catalogue
from monetization.types import (
    TERMINAL_STATUSES,
    Plan,
    StripeStatus,
    SubscriptionSource,
    SubscriptionStatus,
)

type AppliedKey = tuple[int, int, int]

# Anything that Stripe tells outranks a row that we made before Stripe told of it.
_UNTOLD: AppliedKey = (0, 0, 0)
_SYNC_RANK = 9
# By so much Stripe's clock and ours may be apart.
_CLOCKS_DIFFER_SECONDS = 2
# How long a paid checkout opens premium before Stripe has told of its subscription.
_PROVISIONAL_PERIOD = timedelta(hours=24)

# Whatever is not here opens nothing.
_OUR_WORD: dict[str, SubscriptionStatus] = {
    StripeStatus.ACTIVE: SubscriptionStatus.ACTIVE,
    StripeStatus.TRIALING: SubscriptionStatus.ACTIVE,
    StripeStatus.PAST_DUE: SubscriptionStatus.ACTIVE,
    StripeStatus.CANCELED: SubscriptionStatus.CANCELED,
}


_FAILURE = (
    "failed_invoice",
    "payment_failed_at",
    "next_payment_attempt_at",
    "hosted_invoice_url",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionFacts:
    """All that we keep of a subscription at Stripe."""

    stripe_status: str
    price_id: str
    item_id: str
    started_at: datetime
    current_period_start: datetime | None
    current_period_end: datetime | None
    trial_end: datetime | None
    cancel_at: datetime | None
    cancel_at_period_end: bool
    canceled_at: datetime | None
    ended_at: datetime | None
    pause_collection: str
    latest_invoice: str

    @property
    def has_ended(self) -> bool:
        """Whether nothing follows after this."""
        return self.stripe_status in TERMINAL_STATUSES


@dataclass(frozen=True, slots=True)
class SubscriptionState:
    """What others react to when it changes."""

    stripe_status: str
    price_id: str
    cancel_at: datetime | None

    @property
    def is_live(self) -> bool:
        """Whether Stripe counts it as running, paid or on trial."""
        return self.stripe_status in {StripeStatus.ACTIVE, StripeStatus.TRIALING}


@dataclass(frozen=True, slots=True)
class SubscriptionChange:
    """What became of applying facts. `needs_sync` asks Stripe itself, because facts contradict."""

    subscription: Subscription
    before: SubscriptionState
    after: SubscriptionState
    was_applied: bool
    needs_sync: bool

    @property
    def is_change(self) -> bool:
        """Whether anything that others react to is different now."""
        return self.before != self.after


def event_key(created: int, rank: int, stripe_status: str) -> AppliedKey:
    """Where an event stands in the order: its second, its type, and incomplete before the rest."""
    return (created, rank, int(stripe_status != StripeStatus.INCOMPLETE))


def sync_key(began_at: datetime) -> AppliedKey:
    """Where an answer of Stripe stands: behind every event of the second in which it was asked."""
    return (int(began_at.timestamp()), _SYNC_RANK, 1)


def asked_at(stripe_subscription_id: str) -> datetime:
    """From when an answer counts that Stripe is asked for now: behind all that was told before.

    That is now, or the time of the last event, where Stripe's clock is ahead of ours.
    """
    row = find_subscription(stripe_subscription_id)
    told = row.applied_key[0] if row is not None and row.applied_key else 0
    return max(datetime.now(UTC), datetime.fromtimestamp(told, UTC))


def find_subscription(stripe_subscription_id: str) -> Subscription | None:
    """The row of a subscription at Stripe."""
    return Subscription.objects.filter(stripe_subscription_id=stripe_subscription_id).first()


def subscription_row(stripe_subscription_id: str, user_id: UUID) -> Subscription:
    """The row of a subscription at Stripe; where none is told of yet, one that opens nothing."""
    row, _made = Subscription.objects.get_or_create(
        stripe_subscription_id=stripe_subscription_id,
        defaults={
            "user_id": user_id,
            "source": SubscriptionSource.STRIPE,
            "status": SubscriptionStatus.EXPIRED,
            "stripe_status": StripeStatus.INCOMPLETE,
            "applied_key": list(_UNTOLD),
        },
    )
    return row


def open_provisionally(subscription: Subscription, *, price_id: str, paid_at: datetime) -> bool:
    """Open premium for a paid checkout whose subscription Stripe has not told of yet.

    Whether that was so; everything that Stripe tells outranks it.
    """
    if tuple(subscription.applied_key) != _UNTOLD:
        return False
    subscription.stripe_status = StripeStatus.ACTIVE
    subscription.status = SubscriptionStatus.ACTIVE
    subscription.price_id = price_id
    subscription.started_at = paid_at
    subscription.current_period_start = paid_at
    subscription.current_period_end = paid_at + _PROVISIONAL_PERIOD
    subscription.save()
    return True


def state_of(subscription: Subscription) -> SubscriptionState:
    """The part of a row that others react to."""
    return SubscriptionState(
        stripe_status=subscription.stripe_status,
        price_id=subscription.price_id,
        cancel_at=subscription.cancel_at,
    )


def apply_facts(
    subscription: Subscription, facts: SubscriptionFacts, key: AppliedKey, told_at: datetime
) -> SubscriptionChange:
    """Bring the row to `facts` unless it knows something newer (`docs/payments.md`, Order).

    `told_at` is the time of the event. A row that has come to its end is changed by an answer of
    Stripe only, never by an event.
    """
    before = state_of(subscription)
    stored: AppliedKey = tuple(subscription.applied_key)
    is_sync = key[1] == _SYNC_RANK
    is_changed = stored != _UNTOLD and subscription.updated_at > told_at
    if is_sync and is_changed and differs_from(subscription, facts):
        # An event took effect while Stripe was asked; the answer may be the older of the two.
        return SubscriptionChange(subscription, before, before, False, True)
    has_ended = before.stripe_status in TERMINAL_STATUSES and not is_sync
    is_late = key < stored
    # What has ended at Stripe stays so, whatever else was told of a later second.
    is_late_end = is_late and stored[1] != _SYNC_RANK and facts.has_ended
    if has_ended or (is_late and not is_late_end):
        if has_ended:
            contradicts = key > stored and not facts.has_ended
        else:
            contradicts = _is_beside_sync(key, stored) and differs_from(subscription, facts)
            if _correct_past_due(subscription, facts, told_at):
                subscription.save(update_fields=["past_due_since", "updated_at"])
        return SubscriptionChange(subscription, before, before, False, contradicts)

    differs = is_late_end or (key == stored and differs_from(subscription, facts))
    for field in fields(facts):
        setattr(subscription, field.name, getattr(facts, field.name))
    subscription.cancel_at = _effective_cancel_at(facts)
    subscription.status = _OUR_WORD.get(facts.stripe_status, SubscriptionStatus.EXPIRED)
    subscription.plan = Plan.PREMIUM if is_in_catalogue(facts.price_id) else Plan.FREE
    ends = [end for end in (facts.ended_at, subscription.cancel_at) if end is not None]
    subscription.ends_at = min(ends, default=None)
    subscription.past_due_since = _past_due_since(subscription, facts, told_at)
    subscription.applied_key = list(max(key, stored))
    if is_sync:
        subscription.synced_at = timezone.now()
    subscription.save()
    return SubscriptionChange(subscription, before, state_of(subscription), True, differs)


def note_trial(customer: StripeCustomer, facts: SubscriptionFacts) -> None:
    """Keep that a person has had a trial: there is one for each."""
    if facts.trial_end is not None and customer.trial_used_at is None:
        customer.trial_used_at = facts.started_at
        customer.save(update_fields=["trial_used_at", "updated_at"])


def note_failed_invoice(
    subscription: Subscription,
    *,
    invoice: str,
    failed_at: datetime,
    next_attempt_at: datetime | None,
    hosted_url: str,
) -> bool:
    """Keep what the person can do about a payment that failed; False for old news."""
    if subscription.payment_failed_at is not None and failed_at < subscription.payment_failed_at:
        return False
    subscription.failed_invoice = invoice
    subscription.payment_failed_at = failed_at
    subscription.next_payment_attempt_at = next_attempt_at
    subscription.hosted_invoice_url = hosted_url
    subscription.save(update_fields=[*_FAILURE, "updated_at"])
    return True


def note_paid_invoice(subscription: Subscription, *, invoice: str) -> None:
    """Keep the latest paid invoice, and forget that a payment for it failed."""
    newest = subscription.payments.order_by("-paid_at", "-provider_reference").first()
    if newest is not None:
        subscription.latest_paid_invoice = newest.provider_reference
    if subscription.failed_invoice == invoice:
        subscription.failed_invoice = subscription.hosted_invoice_url = ""
        subscription.payment_failed_at = subscription.next_payment_attempt_at = None
    subscription.save(update_fields=[*_FAILURE, "latest_paid_invoice", "updated_at"])


def flag_duplicates(user_id: UUID) -> list[Subscription]:
    """Flag all but the oldest of a person's live subscriptions; those newly flagged.

    Two checkouts paid at once are stored both: the person has paid twice, and somebody has to give
    one payment back.
    """
    live = list(
        Subscription.objects.live_at_stripe()
        .filter(user_id=user_id)
        .exclude(applied_key=list(_UNTOLD))
        .order_by("started_at", "stripe_subscription_id")
    )
    flagged = [row for row in live[1:] if not row.is_duplicate]
    cleared = [row.pk for row in live[:1] if row.is_duplicate]
    Subscription.objects.filter(pk__in=[row.pk for row in flagged]).update(is_duplicate=True)
    Subscription.objects.filter(pk__in=cleared).update(is_duplicate=False)
    return flagged


def has_subscription(user_id: UUID) -> bool:
    """Whether a person needs no other: one gives access, or Stripe may still charge for one."""
    own = Subscription.objects.filter(user_id=user_id)
    return own.granting_access().exists() or own.live_at_stripe().exists()


def end_by_hand(subscription: Subscription) -> None:
    """End a subscription that an administrator gave, at this moment."""
    Subscription.objects.filter(pk=subscription.pk).update(
        status=SubscriptionStatus.CANCELED,
        canceled_at=Now(),
        ended_at=Now(),
        ends_at=Now(),
        updated_at=Now(),
    )


def _effective_cancel_at(facts: SubscriptionFacts) -> datetime | None:
    """When it ends: flexible billing names the time, classic billing only says "at the end"."""
    if facts.cancel_at is None and facts.cancel_at_period_end:
        return facts.current_period_end
    return facts.cancel_at


def _past_due_since(
    subscription: Subscription, facts: SubscriptionFacts, told_at: datetime
) -> datetime | None:
    if facts.stripe_status != StripeStatus.PAST_DUE:
        return None
    return min(subscription.past_due_since or told_at, told_at)


def _correct_past_due(
    subscription: Subscription, facts: SubscriptionFacts, told_at: datetime
) -> bool:
    """What a late event says of since when a payment has been due: for longer, or anew."""
    since = subscription.past_due_since
    if subscription.stripe_status != StripeStatus.PAST_DUE or since is None:
        return False
    if facts.stripe_status == StripeStatus.PAST_DUE:
        # The same unpaid invoice has been due for longer.
        if facts.latest_invoice != subscription.latest_invoice or told_at >= since:
            return False
        subscription.past_due_since = told_at
        return True
    if told_at <= since:
        return False
    # It was in order in between, so what is due now became due after that.
    subscription.past_due_since = datetime.fromtimestamp(subscription.applied_key[0], UTC)
    return True


def _is_beside_sync(key: AppliedKey, stored: AppliedKey) -> bool:
    """Whether an event may have happened after Stripe was asked, as far as clocks can tell."""
    return stored[1] == _SYNC_RANK and key[0] >= stored[0] - _CLOCKS_DIFFER_SECONDS


def differs_from(subscription: Subscription, facts: SubscriptionFacts) -> bool:
    """Whether a row says anything else than `facts`."""
    told: dict[str, Any] = {field.name: getattr(facts, field.name) for field in fields(facts)}
    told["cancel_at"] = _effective_cancel_at(facts)
    return any(getattr(subscription, name) != value for name, value in told.items())
