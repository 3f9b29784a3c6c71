"""What deliveries about checkouts change: the record, and what was bought."""

import logging
from typing import Any

from application.dto.events import EventType
from application.services.billing.announcements import (
    announce_activation,
    announce_checkout,
    announce_grant,
    announce_payment,
)
from application.services.billing.objects import (
    StripeEvent,
    moment,
    number,
    our_metadata,
    reference,
    text,
)
from application.services.billing.owners import find_owner
from application.services.billing.settlements import settle_and_announce
from application.services.billing.sync_requests import SyncKind, request_sync
from core.services.audit import audit_change
from monetization.models import PaymentIntentRecord, Purchase
from monetization.services.ledger import Receipt, purchase_status, record_payment
from monetization.services.locks import lock_billing, lock_references
from monetization.services.subscriptions import open_provisionally, subscription_row
from monetization.types import IntentKind, IntentStatus

logger = logging.getLogger("billing")

# Whatever else Stripe may say of a checkout's money, it is not here yet.
_FREE = "no_payment_required"
_SETTLED = {"paid", _FREE}
_MODE = {IntentKind.SUBSCRIPTION: "subscription", IntentKind.PURCHASE: "payment"}


def apply_completed_checkout(event: StripeEvent) -> bool:
    """A checkout came to its end: paid, free of charge, or with a bank debit on its way."""
    payment_intent = reference(event.body, "payment_intent")
    if payment_intent:
        lock_references(payment_intent)
    record = _record(event)
    if record is None:
        return False
    if record.status == IntentStatus.COMPLETED:
        return True
    _keep_ids(record, event)
    if text(event.body, "payment_status") not in _SETTLED:
        if record.status == IntentStatus.CREATED:
            _set_status(record, IntentStatus.PROCESSING)
        return True
    if not _is_as_expected(record, event):
        _set_status(record, IntentStatus.REVIEW)
        logger.error(
            "A checkout was paid otherwise than it was recorded; it grants nothing.",
            extra={"record": str(record.pk), "session": record.stripe_session_id},
        )
        return True
    _set_status(record, IntentStatus.COMPLETED)
    announce_checkout(record, EventType.BILLING_CHECKOUT_COMPLETED)
    if record.kind == IntentKind.SUBSCRIPTION:
        _grant_subscription(record, event)
    else:
        _grant_purchase(record, event, payment_intent)
    return True


def apply_failed_checkout(event: StripeEvent) -> bool:
    """A bank debit that was on its way failed."""
    record = _record(event)
    if record is None:
        return False
    if record.status not in {IntentStatus.COMPLETED, IntentStatus.FAILED}:
        _set_status(record, IntentStatus.FAILED)
        announce_checkout(record, EventType.BILLING_PAYMENT_FAILED)
    return True


def apply_expired_checkout(event: StripeEvent) -> bool:
    """Nobody paid in time."""
    record = _record(event)
    if record is None:
        return False
    if record.status == IntentStatus.CREATED:
        _set_status(record, IntentStatus.EXPIRED)
        announce_checkout(record, EventType.BILLING_CHECKOUT_EXPIRED)
    return True


def _record(event: StripeEvent) -> PaymentIntentRecord | None:
    """The record of a session, with its owner's billing locked; None if it is not ours.

    The delivery may come before we have kept the session's id; then the record is the one that we
    named on the session, if it is its payer's.
    """
    session_id, body = text(event.body, "id"), event.body
    record = PaymentIntentRecord.objects.filter(stripe_session_id=session_id).first()
    record_id, _user = our_metadata(body.get("metadata"))
    if record is None and record_id is not None:
        owner = find_owner(customer_id=reference(body, "customer"), metadata=body.get("metadata"))
        record = PaymentIntentRecord.objects.filter(
            pk=record_id, user=owner, stripe_session_id__isnull=True
        ).first()
    if record is None:
        return None
    lock_billing(record.user_id)
    record.refresh_from_db()
    if record.stripe_session_id is None:
        record.stripe_session_id = session_id
        record.save(update_fields=["stripe_session_id", "updated_at"])
    return record


def _keep_ids(record: PaymentIntentRecord, event: StripeEvent) -> None:
    body = event.body
    record.stripe_customer_id = reference(body, "customer") or record.stripe_customer_id
    record.stripe_subscription_id = reference(body, "subscription") or record.stripe_subscription_id
    record.payment_intent = reference(body, "payment_intent") or record.payment_intent
    record.invoice = reference(body, "invoice") or record.invoice
    record.save(
        update_fields=[
            "stripe_customer_id",
            "stripe_subscription_id",
            "payment_intent",
            "invoice",
            "updated_at",
        ]
    )


def _set_status(record: PaymentIntentRecord, status: IntentStatus) -> None:
    before, record.status = record.status, status
    record.save(update_fields=["status", "updated_at"])
    audit_change(
        entity=record,
        action="UPDATE",
        actor=None,
        before={"status": before},
        after={"status": status},
    )


def _is_as_expected(record: PaymentIntentRecord, event: StripeEvent) -> bool:
    """Whether what was paid is what was recorded."""
    body = event.body
    if text(body, "mode") != _MODE[IntentKind(record.kind)]:
        return False
    is_priced = (
        number(body, "amount_subtotal") == record.amount_cents
        and text(body, "currency").upper() == record.currency
    )
    is_free = text(body, "payment_status") == _FREE
    if record.kind == IntentKind.SUBSCRIPTION:
        # The beginning of a trial costs nothing.
        return bool(record.stripe_subscription_id) and (is_priced or is_free)
    return is_priced and (is_free or bool(record.payment_intent))


def _grant_subscription(record: PaymentIntentRecord, event: StripeEvent) -> None:
    """Open premium now if Stripe has not told of the subscription yet, and have it asked."""
    row = subscription_row(record.stripe_subscription_id, record.user_id)
    if open_provisionally(row, price_id=record.price_id, paid_at=event.occurred_at):
        announce_activation(row)
        request_sync(SyncKind.SUBSCRIPTION, record.stripe_subscription_id, because=event.id)


def _grant_purchase(record: PaymentIntentRecord, event: StripeEvent, payment_intent: str) -> None:
    payment = None
    amount = number(event.body, "amount_total")
    if payment_intent and amount > 0:
        payment, is_new = record_payment(
            Receipt(
                reference=payment_intent,
                user_id=record.user_id,
                amount_cents=amount,
                currency=record.currency,
                paid_at=moment(event.body, "created") or event.occurred_at,
                resource_id=record.resource_id,
            )
        )
        if is_new:
            announce_payment(payment)
        settle_and_announce(payment, payment_intent)
        # The receipt is on the charge, which no event that we listen to holds.
        request_sync(SyncKind.CHARGE, payment_intent, because=event.id)
    bought: dict[str, Any] = {
        "user_id": record.user_id,
        "resource_id": record.resource_id,
        "payment": payment,
        "status": purchase_status(payment),
    }
    purchase, _made = Purchase.objects.get_or_create(record=record, defaults=bought)
    announce_grant(purchase, payment_intent or str(record.pk))
