"""The vocabulary of analytics."""

from dataclasses import dataclass
from enum import StrEnum


class Activity(StrEnum):
    """What people do, as it is tracked."""

    REGISTERED = "user.registered"
    ACTIVATED = "user.activated"
    SIGNED_IN = "user.signed_in"
    ONBOARDING_COMPLETED = "user.onboarding_completed"
    ROLE_CHANGED = "user.role_changed"
    DEACTIVATED = "user.deactivated"
    REACTIVATED = "user.reactivated"
    DELETED = "user.deleted"
    RESTORED = "user.restored"
    CREATED = "user.created"
    RESOURCE_VIEWED = "resource.viewed"
    RESOURCE_ACCESSED = "resource.accessed"
    RESOURCE_PUBLISHED = "resource.published"
    RESOURCES_IMPORTED = "resource.imported"
    RESOURCE_UPDATED = "resource.updated"
    RESOURCE_DELETED = "resource.deleted"
    RESOURCE_RESTORED = "resource.restored"
    RESOURCE_VERSION_PUBLISHED = "resource.version_published"
    RESOURCE_VOTED = "resource.voted"
    RESOURCE_STARTED = "resource.started"
    RESOURCE_COMPLETED = "resource.completed"
    COMMENTED = "comment.created"
    COMMENT_DELETED = "comment.deleted"
    COMMENT_RESTORED = "comment.restored"
    COMMENT_VOTED = "comment.voted"
    CHECKOUT_STARTED = "billing.checkout_started"
    CHECKOUT_COMPLETED = "billing.checkout_completed"
    CHECKOUT_EXPIRED = "billing.checkout_expired"
    PAYMENT_COMPLETED = "billing.payment_completed"
    PAYMENT_FAILED = "billing.payment_failed"
    PAYMENT_ACTION_REQUIRED = "billing.payment_action_required"
    PAYMENT_REFUNDED = "billing.payment_refunded"
    REFUND_FAILED = "billing.refund_failed"
    DISPUTE_OPENED = "billing.dispute_opened"
    DISPUTE_CLOSED = "billing.dispute_closed"
    PURCHASE_GRANTED = "billing.purchase_granted"
    SUBSCRIPTION_ACTIVATED = "billing.subscription_activated"
    SUBSCRIPTION_RENEWED = "billing.subscription_renewed"
    SUBSCRIPTION_PAST_DUE = "billing.subscription_past_due"
    CANCEL_SCHEDULED = "billing.subscription_cancel_scheduled"
    CANCEL_UNDONE = "billing.subscription_cancel_undone"
    PLAN_CHANGED = "billing.subscription_plan_changed"
    SUBSCRIPTION_CANCELED = "billing.subscription_canceled"
    TRIAL_ENDING = "billing.trial_ending"


@dataclass(frozen=True, slots=True)
class Client:
    """From where somebody acts; None and empty mean unknown."""

    session_id: str | None = None
    ip_address: str | None = None
    user_agent: str | None = None
