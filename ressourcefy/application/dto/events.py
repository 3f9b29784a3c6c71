"""The names of what happens: events that other parts of the product react to."""

from enum import StrEnum


class AggregateType(StrEnum):
    """What an event is about; the events of one aggregate are handled in order."""

    USER = "USER"
    RESOURCE = "RESOURCE"
    RESOURCE_VOTE = "RESOURCE_VOTE"
    PROGRESS = "PROGRESS"
    COMMENT = "COMMENT"
    COMMENT_VOTE = "COMMENT_VOTE"
    PAYMENT = "PAYMENT"
    SUBSCRIPTION = "SUBSCRIPTION"


class EventType(StrEnum):
    """Events, in the past tense. `docs/outbox.md` lists who emits and who handles each."""

    USER_REGISTERED = "user.registered"
    USER_ACTIVATION_REQUESTED = "user.activation_requested"
    USER_ACTIVATED = "user.activated"
    USER_SIGNED_IN = "user.signed_in"
    USER_SIGNED_IN_ON_NEW_DEVICE = "user.signed_in_on_new_device"
    USER_SESSION_ENDED_BY_REUSE = "user.session_ended_by_reuse"
    USER_PASSWORD_RESET_REQUESTED = "user.password_reset_requested"  # noqa: S105 - an event's name
    USER_PASSWORD_CHANGED = "user.password_changed"  # noqa: S105 - an event's name
    USER_ONBOARDING_COMPLETED = "user.onboarding_completed"
    USER_ROLE_CHANGED = "user.role_changed"
    USER_DEACTIVATED = "user.deactivated"
    USER_REACTIVATED = "user.reactivated"
    USER_DELETED = "user.deleted"
    USER_RESTORED = "user.restored"
    RESOURCE_PUBLISHED = "resource.published"
    RESOURCES_IMPORTED = "resource.imported"
    RESOURCE_UPDATED = "resource.updated"
    RESOURCE_DELETED = "resource.deleted"
    RESOURCE_RESTORED = "resource.restored"
    RESOURCE_VERSION_PUBLISHED = "resource.version_published"
    RESOURCE_VOTED = "resource.voted"
    RESOURCE_PROGRESS_STARTED = "resource.progress.started"
    RESOURCE_PROGRESS_COMPLETED = "resource.progress.completed"
    COMMENT_CREATED = "comment.created"
    COMMENT_DELETED = "comment.deleted"
    COMMENT_RESTORED = "comment.restored"
    COMMENT_VOTED = "comment.voted"
    BILLING_PAYMENT_COMPLETED = "billing.payment_completed"
    BILLING_SUBSCRIPTION_ACTIVATED = "billing.subscription_activated"
