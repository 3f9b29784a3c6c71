"""Requests to ask Stripe itself, which a worker follows."""

from enum import StrEnum

from application.dto.events import AggregateType, EventType
from core.outbox import emit_event


class SyncKind(StrEnum):
    """What is asked for."""

    SUBSCRIPTION = "subscription"
    CHARGE = "charge"
    DELIVERY = "delivery"


def request_sync(kind: SyncKind, stripe_id: str, *, because: str) -> None:
    """Have a worker ask Stripe; `because` names the cause, once for each.

    A charge is named by its payment intent, a delivery by its event: the object that it is about.
    """
    emit_event(
        AggregateType.STRIPE,
        stripe_id,
        EventType.BILLING_SYNC_REQUESTED,
        {"kind": kind, "stripe_id": stripe_id},
        dedupe_key=f"{EventType.BILLING_SYNC_REQUESTED}:{stripe_id}:{because}",
    )
