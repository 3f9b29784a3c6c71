"""What deliveries about subscriptions change."""

import logging
from uuid import UUID

from application.services.billing.announcements import (
    announce_subscription_change,
    announce_trial_ending,
)
from application.services.billing.objects import (
    StripeEvent,
    moment,
    reference,
    subscription_facts,
    text,
)
from application.services.billing.owners import find_owner
from application.services.billing.sync_requests import SyncKind, request_sync
from monetization.services.catalogue import is_in_catalogue
from monetization.services.locks import lock_billing
from monetization.services.subscriptions import (
    SubscriptionChange,
    apply_facts,
    event_key,
    find_subscription,
    flag_duplicates,
    note_trial,
    subscription_row,
)

logger = logging.getLogger("billing")

_RANK = {"customer.subscription.created": 0, "customer.subscription.deleted": 2}
_RANK_OF_THE_REST = 1


def apply_subscription(event: StripeEvent) -> bool:
    """A subscription was made, changed or came to its end. Whether it is ours."""
    return _apply(event) is not None


def apply_trial_ending(event: StripeEvent) -> bool:
    """The trial ends in three days. Whether the subscription is ours."""
    change = _apply(event)
    if change is None:
        return False
    trial_end = moment(event.body, "trial_end")
    if trial_end is not None:
        announce_trial_ending(change.subscription, trial_end)
    return True


def alarm_duplicates(user_id: UUID) -> None:
    """Flag what a person pays for twice, for somebody to give the money back."""
    for row in flag_duplicates(user_id):
        logger.error(
            "A person has two live subscriptions; refund one of them.",
            extra={"subscription": row.stripe_subscription_id, "user_id": str(user_id)},
        )


def _apply(event: StripeEvent) -> SubscriptionChange | None:
    subscription_id = text(event.body, "id")
    owner = find_owner(
        subscription_id=subscription_id,
        customer_id=reference(event.body, "customer"),
        metadata=event.body.get("metadata"),
    )
    if owner is None:
        return None
    customer = lock_billing(owner)
    row = find_subscription(subscription_id) or subscription_row(subscription_id, owner)
    facts = subscription_facts(event.body)
    rank = _RANK.get(event.type, _RANK_OF_THE_REST)
    key = event_key(event.created, rank, facts.stripe_status)
    change = apply_facts(row, facts, key, event.occurred_at)
    if change.was_applied and not is_in_catalogue(facts.price_id):
        logger.error(
            "A subscription has a price that is not in the catalogue; it opens nothing.",
            extra={"subscription": subscription_id, "price": facts.price_id},
        )
    note_trial(customer, facts)
    announce_subscription_change(change, event.id)
    if change.needs_sync:
        request_sync(SyncKind.SUBSCRIPTION, subscription_id, because=event.id)
    alarm_duplicates(owner)
    return change
