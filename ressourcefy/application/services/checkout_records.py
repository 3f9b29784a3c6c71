"""Records of checkouts: made before Stripe hears of a checkout, taken again by the next try.

A record's id is the idempotency key at Stripe, so whatever is sent with it is kept on the record.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from application.dto.events import EventType
from application.exceptions import AlreadyPurchased, AlreadySubscribed, PaymentPending
from application.services.billing.announcements import announce_checkout
from application.services.stripe_service import APP, OpenedSession
from core.services.audit import audit_change
from monetization.models import PaymentIntentRecord, Purchase, StripeCustomer
from monetization.services.subscriptions import has_subscription
from monetization.types import IntentKind, IntentStatus
from users.models import User

# Stripe forgets a key after 24 hours; what was asked shortly before may not be asked with it again.
_KEY_LIFE = timedelta(hours=23)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody wants to pay for; `amount_cents` is in the smallest unit of `currency`."""

    kind: IntentKind
    amount_cents: int
    currency: str
    plan_key: str = ""
    price_id: str = ""
    resource_id: UUID | None = None
    title: str = ""

    def is_met_by(self, record: PaymentIntentRecord) -> bool:
        """Whether a record is about the same, for the same money."""
        return (
            record.price_id == self.price_id
            and record.amount_cents == self.amount_cents
            and record.currency == self.currency
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a checkout leads back to, and in which language it is shown."""

    success_url: str
    cancel_url: str
    trial_days: int


def refuse_needless(user: User, wish: Wish) -> None:
    """Raises AlreadySubscribed, AlreadyPurchased or PaymentPending; the billing is locked."""
    if wish.kind == IntentKind.SUBSCRIPTION and has_subscription(user.id):
        raise AlreadySubscribed
    if (
        wish.kind == IntentKind.PURCHASE
        and Purchase.objects.granted().filter(user=user, resource=wish.resource_id).exists()
    ):
        raise AlreadyPurchased
    if _of_wish(user, wish).filter(status=IntentStatus.PROCESSING).exists():
        raise PaymentPending


def open_record(user: User, wish: Wish) -> PaymentIntentRecord | None:
    """The checkout that waits for this person to pay, for the same thing or another plan."""
    now = timezone.now()
    waiting = Q(stripe_session_id__isnull=False, expires_at__gt=now) | Q(
        stripe_session_id__isnull=True, created_at__gt=now - _KEY_LIFE
    )
    return (
        _of_wish(user, wish)
        .filter(waiting, status=IntentStatus.CREATED)
        .order_by("-created_at", "-id")
        .first()
    )


def new_record(user: User, wish: Wish, around: Surroundings) -> PaymentIntentRecord:
    """Write down a checkout before Stripe hears of it."""
    record = PaymentIntentRecord.objects.create(
        user=user,
        kind=wish.kind,
        resource_id=wish.resource_id,
        plan_key=wish.plan_key,
        price_id=wish.price_id,
        amount_cents=wish.amount_cents,
        currency=wish.currency,
        metadata={
            "success_url": around.success_url,
            "cancel_url": around.cancel_url,
            "trial_days": around.trial_days,
            "title": wish.title,
            "language": user.language,
        },
    )
    announce_checkout(record, EventType.BILLING_CHECKOUT_STARTED)
    audit_change(
        entity=record,
        action="CREATE",
        actor=user,
        after={
            "kind": record.kind,
            "plan_key": record.plan_key,
            "amount_cents": record.amount_cents,
            "currency": record.currency,
        },
    )
    return record


def session_parameters(record: PaymentIntentRecord, customer_id: str) -> dict[str, Any]:
    """What Stripe is asked for; the same for the same record, as its key demands.

    https://docs.stripe.com/api/checkout/sessions/create
    """
    kept = record.metadata
    marks = {"app": APP, "record": str(record.pk), "user": str(record.user_id)}
    parameters: dict[str, Any] = {
        "customer": customer_id,
        "client_reference_id": str(record.pk),
        "success_url": kept["success_url"],
        "cancel_url": kept["cancel_url"],
        "locale": kept["language"],
        "metadata": marks,
    }
    if record.kind == IntentKind.SUBSCRIPTION:
        data: dict[str, Any] = {"metadata": marks}
        if kept["trial_days"]:
            data["trial_period_days"] = kept["trial_days"]
        return parameters | {
            "mode": "subscription",
            "line_items": [{"price": record.price_id, "quantity": 1}],
            "subscription_data": data,
        }
    return parameters | {
        "mode": "payment",
        "line_items": [
            {
                "price_data": {
                    "currency": record.currency.lower(),
                    "unit_amount": record.amount_cents,
                    "product_data": {"name": kept["title"]},
                },
                "quantity": 1,
            }
        ],
        "payment_intent_data": {"metadata": marks},
    }


def keep_session(record: PaymentIntentRecord, customer_id: str, session: OpenedSession) -> None:
    """Keep what Stripe answered, without touching the status: the delivery may have come first."""
    PaymentIntentRecord.objects.filter(pk=record.pk).update(
        stripe_session_id=session.session_id,
        stripe_customer_id=customer_id,
        url=session.url,
        expires_at=session.expires_at,
        updated_at=timezone.now(),
    )


def close_record(record: PaymentIntentRecord, status: IntentStatus) -> None:
    """Give up a checkout that nobody can pay any more."""
    PaymentIntentRecord.objects.filter(pk=record.pk, status=IntentStatus.CREATED).update(
        status=status, updated_at=timezone.now()
    )


def customer_key(customer: StripeCustomer) -> str:
    """The key under which a customer is made; another one after the last was deleted."""
    generation: datetime | None = customer.closed_at
    suffix = f"-{int(generation.timestamp())}" if generation else ""
    return f"customer-{customer.pk}{suffix}"


def _of_wish(user: User, wish: Wish) -> QuerySet[PaymentIntentRecord]:
    return PaymentIntentRecord.objects.filter(user=user, kind=wish.kind, resource=wish.resource_id)
