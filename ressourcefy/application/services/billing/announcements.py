"""What billing tells the rest of the product, once for each fact, and what it writes down.

Every event has a key made of Stripe's ids, so that a fact that is delivered twice, or told by two
kinds of deliveries, is announced once.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from application.dto.events import AggregateType, EventType
from core import metrics
from core.outbox import emit_event
from core.services.audit import audit_change
from monetization.models import Payment, PaymentIntentRecord, Purchase, Subscription
from monetization.services.subscriptions import SubscriptionChange
from monetization.types import StripeStatus


def announce_checkout(record: PaymentIntentRecord, event_type: EventType, **payload: Any) -> None:
    """Something happened to a checkout; told once for each checkout and type."""
    emit_event(
        AggregateType.CHECKOUT,
        record.pk,
        event_type,
        {"user_id": str(record.user_id), "record_id": str(record.pk), "kind": record.kind}
        | payload,
        dedupe_key=f"{event_type}:{record.stripe_session_id or record.pk}",
    )


def announce_payment(payment: Payment, *, actor: Any = None) -> None:
    """Money came in."""
    emit_event(
        AggregateType.PAYMENT,
        payment.pk,
        EventType.BILLING_PAYMENT_COMPLETED,
        _payment_payload(payment)
        | {"amount_cents": payment.amount_cents, "currency": payment.currency},
        dedupe_key=f"{EventType.BILLING_PAYMENT_COMPLETED}:{payment.provider_reference}",
    )
    audit_change(
        entity=payment,
        action="CREATE",
        actor=actor,
        after={
            "amount_cents": payment.amount_cents,
            "currency": payment.currency,
            "status": payment.status,
        },
    )
    transaction.on_commit(metrics.PAYMENT_SUCCESS.inc)


def announce_renewal(subscription: Subscription, invoice: str) -> None:
    """Another period is paid."""
    _of_subscription(subscription, EventType.BILLING_SUBSCRIPTION_RENEWED, invoice, invoice=invoice)


def announce_failed_invoice(subscription: Subscription, invoice: str, attempt: int) -> None:
    """A payment for a period failed."""
    key = f"{invoice}:{attempt}"
    _of_subscription(
        subscription, EventType.BILLING_PAYMENT_FAILED, key, invoice=invoice, attempt=attempt
    )
    transaction.on_commit(metrics.PAYMENT_FAILURE.inc)


def announce_required_action(subscription: Subscription, invoice: str) -> None:
    """The payer's bank wants to hear from the payer."""
    _of_subscription(
        subscription, EventType.BILLING_PAYMENT_ACTION_REQUIRED, invoice, invoice=invoice
    )


def announce_trial_ending(subscription: Subscription, trial_end: datetime) -> None:
    """The first payment comes soon."""
    _of_subscription(
        subscription,
        EventType.BILLING_TRIAL_ENDING,
        f"{subscription.stripe_subscription_id}:{int(trial_end.timestamp())}",
    )


def announce_activation(subscription: Subscription) -> None:
    """Premium is open; told once for each subscription."""
    _of_subscription(
        subscription,
        EventType.BILLING_SUBSCRIPTION_ACTIVATED,
        str(subscription.stripe_subscription_id or subscription.pk),
    )


def announce_subscription_change(change: SubscriptionChange, event_id: str) -> None:
    """What of a change others react to; `event_id` names what told of it."""
    if not change.is_change:
        return
    row, before, after = change.subscription, change.before, change.after
    key = str(row.stripe_subscription_id)
    if after.is_live and not before.is_live:
        announce_activation(row)
    if before.stripe_status != after.stripe_status == StripeStatus.PAST_DUE:
        invoice = row.latest_invoice
        _of_subscription(
            row, EventType.BILLING_SUBSCRIPTION_PAST_DUE, f"{key}:{invoice}", invoice=invoice
        )
    if before.stripe_status != after.stripe_status == StripeStatus.CANCELED:
        _of_subscription(row, EventType.BILLING_SUBSCRIPTION_CANCELED, key)
    elif after.cancel_at != before.cancel_at:
        event_type = (
            EventType.BILLING_CANCEL_SCHEDULED
            if after.cancel_at
            else EventType.BILLING_CANCEL_UNDONE
        )
        _of_subscription(row, event_type, f"{key}:{event_id}")
    if before.price_id and after.price_id != before.price_id:
        _of_subscription(row, EventType.BILLING_PLAN_CHANGED, f"{key}:{event_id}")
    audit_change(
        entity=row,
        action="UPDATE",
        actor=None,
        before=_auditable(before),
        after=_auditable(after),
    )


def announce_grant(purchase: Purchase, payment_reference: str) -> None:
    """A resource was bought."""
    emit_event(
        AggregateType.PURCHASE,
        purchase.pk,
        EventType.BILLING_PURCHASE_GRANTED,
        {
            "user_id": str(purchase.user_id),
            "purchase_id": str(purchase.pk),
            "resource_id": str(purchase.resource_id),
        },
        dedupe_key=f"{EventType.BILLING_PURCHASE_GRANTED}:{payment_reference}",
    )
    audit_change(
        entity=purchase,
        action="CREATE",
        actor=None,
        after={"resource_id": str(purchase.resource_id), "status": purchase.status},
    )


def announce_refund(payment: Payment, *, refunded_before: int) -> None:
    """Money went back; the key is how much in all, whichever delivery told of it."""
    emit_event(
        AggregateType.PAYMENT,
        payment.pk,
        EventType.BILLING_PAYMENT_REFUNDED,
        _payment_payload(payment)
        | {"amount_refunded": payment.amount_refunded, "refunded_before": refunded_before},
        dedupe_key=(
            f"{EventType.BILLING_PAYMENT_REFUNDED}:{payment.provider_reference}"
            f":{payment.amount_refunded}"
        ),
    )
    audit_change(
        entity=payment,
        action="UPDATE",
        actor=None,
        before={"amount_refunded": refunded_before},
        after={"amount_refunded": payment.amount_refunded, "status": payment.status},
    )
    transaction.on_commit(metrics.REFUNDS.inc)


def announce_failed_refund(payment: Payment, refund_id: str) -> None:
    """Money that should have gone back did not."""
    emit_event(
        AggregateType.PAYMENT,
        payment.pk,
        EventType.BILLING_REFUND_FAILED,
        _payment_payload(payment),
        dedupe_key=f"{EventType.BILLING_REFUND_FAILED}:{refund_id}",
    )


def announce_dispute(payment: Payment, dispute_id: str, *, is_closed: bool) -> None:
    """A payer contests a payment, or that came to its end."""
    event_type = EventType.BILLING_DISPUTE_CLOSED if is_closed else EventType.BILLING_DISPUTE_OPENED
    emit_event(
        AggregateType.PAYMENT,
        payment.pk,
        event_type,
        _payment_payload(payment) | {"dispute_status": payment.dispute_status},
        dedupe_key=f"{event_type}:{dispute_id}",
    )
    audit_change(
        entity=payment,
        action="UPDATE",
        actor=None,
        after={"dispute_status": payment.dispute_status},
    )
    if not is_closed:
        transaction.on_commit(metrics.DISPUTES.inc)


def _of_subscription(
    subscription: Subscription, event_type: EventType, key: str, **payload: Any
) -> None:
    emit_event(
        AggregateType.SUBSCRIPTION,
        subscription.pk,
        event_type,
        {"user_id": str(subscription.user_id), "subscription_id": str(subscription.pk)} | payload,
        dedupe_key=f"{event_type}:{key}",
    )


def _payment_payload(payment: Payment) -> dict[str, Any]:
    return {"user_id": str(payment.user_id), "payment_id": str(payment.pk)}


def _auditable(state: Any) -> dict[str, Any]:
    cancel_at: UUID | datetime | None = state.cancel_at
    return {
        "stripe_status": state.stripe_status,
        "price_id": state.price_id,
        "cancel_at": cancel_at.isoformat() if isinstance(cancel_at, datetime) else None,
    }
