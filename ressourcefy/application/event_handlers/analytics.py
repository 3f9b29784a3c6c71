"""What people do, written down as it happens: one row for each event of the table below.

Reads emit no events; their views are tracked by `analytics.services.track_event.track_later`.
"""

from uuid import UUID

from analytics.services.track_event import TrackedEvent, track_event
from analytics.types import Activity, Client
from application.dto.events import EventType
from core.outbox import Event, HandlerKind, handles

ACTIVITY_OF_EVENT = {
    EventType.USER_REGISTERED: Activity.REGISTERED,
    EventType.USER_ACTIVATED: Activity.ACTIVATED,
    EventType.USER_SIGNED_IN: Activity.SIGNED_IN,
    EventType.USER_ONBOARDING_COMPLETED: Activity.ONBOARDING_COMPLETED,
    EventType.USER_ROLE_CHANGED: Activity.ROLE_CHANGED,
    EventType.USER_DEACTIVATED: Activity.DEACTIVATED,
    EventType.USER_REACTIVATED: Activity.REACTIVATED,
    EventType.USER_DELETED: Activity.DELETED,
    EventType.USER_RESTORED: Activity.RESTORED,
    EventType.USER_CREATED: Activity.CREATED,
    EventType.RESOURCE_PUBLISHED: Activity.RESOURCE_PUBLISHED,
    EventType.RESOURCES_IMPORTED: Activity.RESOURCES_IMPORTED,
    EventType.RESOURCE_UPDATED: Activity.RESOURCE_UPDATED,
    EventType.RESOURCE_DELETED: Activity.RESOURCE_DELETED,
    EventType.RESOURCE_RESTORED: Activity.RESOURCE_RESTORED,
    EventType.RESOURCE_VERSION_PUBLISHED: Activity.RESOURCE_VERSION_PUBLISHED,
    EventType.RESOURCE_VOTED: Activity.RESOURCE_VOTED,
    EventType.RESOURCE_PROGRESS_STARTED: Activity.RESOURCE_STARTED,
    EventType.RESOURCE_PROGRESS_COMPLETED: Activity.RESOURCE_COMPLETED,
    EventType.COMMENT_CREATED: Activity.COMMENTED,
    EventType.COMMENT_DELETED: Activity.COMMENT_DELETED,
    EventType.COMMENT_RESTORED: Activity.COMMENT_RESTORED,
    EventType.COMMENT_VOTED: Activity.COMMENT_VOTED,
    EventType.BILLING_CHECKOUT_STARTED: Activity.CHECKOUT_STARTED,
    EventType.BILLING_CHECKOUT_COMPLETED: Activity.CHECKOUT_COMPLETED,
    EventType.BILLING_CHECKOUT_EXPIRED: Activity.CHECKOUT_EXPIRED,
    EventType.BILLING_PAYMENT_COMPLETED: Activity.PAYMENT_COMPLETED,
    EventType.BILLING_PAYMENT_FAILED: Activity.PAYMENT_FAILED,
    EventType.BILLING_PAYMENT_ACTION_REQUIRED: Activity.PAYMENT_ACTION_REQUIRED,
    EventType.BILLING_PAYMENT_REFUNDED: Activity.PAYMENT_REFUNDED,
    EventType.BILLING_REFUND_FAILED: Activity.REFUND_FAILED,
    EventType.BILLING_DISPUTE_OPENED: Activity.DISPUTE_OPENED,
    EventType.BILLING_DISPUTE_CLOSED: Activity.DISPUTE_CLOSED,
    EventType.BILLING_PURCHASE_GRANTED: Activity.PURCHASE_GRANTED,
    EventType.BILLING_SUBSCRIPTION_ACTIVATED: Activity.SUBSCRIPTION_ACTIVATED,
    EventType.BILLING_SUBSCRIPTION_RENEWED: Activity.SUBSCRIPTION_RENEWED,
    EventType.BILLING_SUBSCRIPTION_PAST_DUE: Activity.SUBSCRIPTION_PAST_DUE,
    EventType.BILLING_CANCEL_SCHEDULED: Activity.CANCEL_SCHEDULED,
    EventType.BILLING_CANCEL_UNDONE: Activity.CANCEL_UNDONE,
    EventType.BILLING_PLAN_CHANGED: Activity.PLAN_CHANGED,
    EventType.BILLING_SUBSCRIPTION_CANCELED: Activity.SUBSCRIPTION_CANCELED,
    EventType.BILLING_TRIAL_ENDING: Activity.TRIAL_ENDING,
}


def record_activity(event: Event) -> None:
    """One row for the event. Who acted is the payload's `user_id`; the rest of it is kept as is."""
    details = dict(event.payload)
    user_id = details.pop("user_id", None)
    track_event(
        TrackedEvent(
            activity=ACTIVITY_OF_EVENT[EventType(event.event_type)],
            user_id=UUID(user_id) if user_id else None,
            data=details,
            client=_client_of(event),
            occurred_at=event.created_at,
        )
    )


def _client_of(event: Event) -> Client:
    facts = event.client or {}
    return Client(
        session_id=facts.get("session_id") or None,
        ip_address=facts.get("ip_address") or None,
        user_agent=facts.get("user_agent") or None,
    )


for event_type in ACTIVITY_OF_EVENT:
    handles(event_type, HandlerKind.LOCAL)(record_activity)
