"""What a worker does for billing: asking Stripe anew, and processing what nobody processed."""

from dataclasses import replace
from datetime import timedelta

from django.db import transaction

from application.dto.events import EventType
from application.exceptions import PaymentsNotConfigured, PaymentsRefused, PaymentsUnavailable
from application.services.billing.events import APPLIERS
from application.services.billing.processing import event_of, subject_of
from application.services.billing.retries import retry_due_webhooks
from application.services.billing.sync_requests import SyncKind
from application.services.billing.syncs import sync_charge, sync_subscription
from application.services.stripe_service import PATIENT_SECONDS, StripeService
from core.outbox import Event, HandlerKind, PermanentFailure, RetryLater, every, handles
from monetization.models import WebhookEvent

_RETRY_INTERVAL = timedelta(seconds=10)
# Asking, and then applying the answer.
_TIMEOUT = timedelta(seconds=PATIENT_SECONDS + 10)


@handles(EventType.BILLING_SYNC_REQUESTED, HandlerKind.EXTERNAL, timeout=_TIMEOUT)
def sync_with_stripe(event: Event) -> None:
    """Bring our rows to what Stripe answers. Waits while Stripe is away."""
    stripe_id = event.payload["stripe_id"]
    try:
        match SyncKind(event.payload["kind"]):
            case SyncKind.SUBSCRIPTION:
                sync_subscription(StripeService.patient(), stripe_id)
            case SyncKind.CHARGE:
                sync_charge(StripeService.patient(), stripe_id)
            case SyncKind.DELIVERY:
                _apply_anew(StripeService.patient(), stripe_id)
    except PaymentsRefused as refusal:
        raise PermanentFailure("Stripe does not know the object.") from refusal
    except PaymentsNotConfigured as refusal:
        raise PermanentFailure("There is no key for Stripe.") from refusal
    except PaymentsUnavailable as trouble:
        raise RetryLater("Stripe is away.") from trouble


def _apply_anew(stripe: StripeService, stripe_id: str) -> None:
    """Process a delivery of another release with its object in the shape that we read."""
    payload = WebhookEvent.objects.get(stripe_id=stripe_id).payload
    kind, object_id = subject_of(payload)
    if kind == "subscription":
        sync_subscription(stripe, object_id)
        return
    body = stripe.retrieve(kind, object_id)
    if body is not None:
        with transaction.atomic():
            event = replace(event_of(payload), body=body)
            APPLIERS[event.type](event)


every(_RETRY_INTERVAL)(retry_due_webhooks)
