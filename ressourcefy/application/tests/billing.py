"""What tests of billing share: buying things, and all that billing has written down, to compare."""

from typing import Any
from uuid import UUID

from django.db import models

from application.dto.commands import CreateCheckoutSessionCommand
from application.dto.events import EventType
from application.dto.results import CheckoutSession
from application.event_handlers.billing import sync_with_stripe
from application.use_cases.create_checkout_session import CreateCheckoutSession
from core.models import OutboxEvent
from core.outbox import Event
from monetization.models import (
    Dispute,
    Payment,
    PaymentIntentRecord,
    Purchase,
    Refund,
    StripeCharge,
    StripeCustomer,
    Subscription,
)
from resources.models import Resource
from users.models import User

_ROWS: tuple[type[models.Model], ...] = (
    StripeCustomer,
    PaymentIntentRecord,
    Subscription,
    Payment,
    StripeCharge,
    Dispute,
    Refund,
    Purchase,
)
# What is different in two runs that end alike: our own ids, and when a row was written.
_OWN = {"id", "created_at", "updated_at", "synced_at", "suspended_at"}
_UNTOLD = {EventType.BILLING_SYNC_REQUESTED, EventType.BILLING_CHECKOUT_STARTED}


def subscribe(user: User, plan: str = "premium-monthly") -> CheckoutSession:
    """A checkout for premium that waits for its payer."""
    return CreateCheckoutSession().execute(CreateCheckoutSessionCommand(user=user, plan=plan))


def buy(user: User, resource: Resource) -> CheckoutSession:
    """A checkout for a resource that waits for its payer."""
    return CreateCheckoutSession().execute(
        CreateCheckoutSessionCommand(user=user, resource_id=resource.pk)
    )


def rows(*, but: set[str] | None = None) -> dict[str, list[dict[str, Any]]]:
    """All rows of billing but for what two equal histories differ in, and for fields in `but`."""
    return {model.__name__: _rows_of(model, _OWN | (but or set())) for model in _ROWS}


def told(*, but: set[str] | None = None) -> list[tuple[str, str | None]]:
    """Type and key of all events that billing has emitted, but for syncs and what is in `but`."""
    found = OutboxEvent.objects.filter(event_type__startswith="billing.")
    found = found.exclude(event_type__in=_UNTOLD | (but or set()))
    return sorted((one.event_type, one.dedupe_key) for one in found)


def told_types() -> list[str]:
    """The types of all events that billing has emitted, but for syncs."""
    return [event_type for event_type, _key in told()]


def requested_syncs() -> list[tuple[str, str]]:
    """Kind and id of what Stripe shall be asked for, the first request first."""
    found = OutboxEvent.objects.filter(event_type=EventType.BILLING_SYNC_REQUESTED)
    payloads = found.order_by("seq").values_list("payload", flat=True)
    return [(payload["kind"], payload["stripe_id"]) for payload in payloads]


def run_syncs() -> int:
    """Have Stripe asked for what is requested, as a worker does; how often."""
    done = 0
    while True:
        waiting = list(
            OutboxEvent.objects.open()
            .filter(event_type=EventType.BILLING_SYNC_REQUESTED)
            .order_by("seq")
        )
        if not waiting:
            return done
        for row in waiting:
            sync_with_stripe(Event.of(row))
            row.status = OutboxEvent.Status.COMPLETED
            row.save(update_fields=["status"])
            done += 1


def _rows_of(model: type[models.Model], but: set[str]) -> list[dict[str, Any]]:
    fields = [field for field in model._meta.fields if field.name not in but]
    found = [
        {field.name: _plain(row, field) for field in fields} | _marks(row)
        for row in model._default_manager.all()
    ]
    return sorted(found, key=repr)


def _plain(row: models.Model, field: Any) -> Any:
    """A value; of another row its id at Stripe, where our own differs from run to run."""
    value = getattr(row, field.attname)
    if isinstance(value, UUID) and field.name in {"payment", "subscription", "record"}:
        return str(getattr(row, field.name))
    return value


def _marks(row: models.Model) -> dict[str, Any]:
    return {"is_suspended": row.suspended_at is not None} if isinstance(row, Subscription) else {}
