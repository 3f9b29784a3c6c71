"""Asking Stripe itself, where events contradict each other or may be missing.

Asked in the worker, outside any transaction; the answer is applied under the lock and outranks the
events of its second and before.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from application.services.billing.announcements import announce_subscription_change
from application.services.billing.objects import (
    Object,
    number,
    our_metadata,
    reference,
    subscription_facts,
    text,
)
from application.services.billing.owners import find_owner
from application.services.billing.settlements import settle_and_announce
from application.services.billing.subscriptions import alarm_duplicates
from application.services.billing.sync_requests import SyncKind, request_sync
from application.services.stripe_service import APP, StripeService
from monetization.models import Payment, Refund
from monetization.services.ledger import (
    correct_refunded,
    find_payment,
    remember_charge,
)
from monetization.services.locks import lock_billing, lock_references
from monetization.services.subscriptions import (
    SubscriptionChange,
    apply_facts,
    asked_at,
    find_subscription,
    note_trial,
    subscription_row,
    sync_key,
)
from monetization.types import RefundStatus


def sync_subscription(stripe: StripeService, subscription_id: str) -> SubscriptionChange | None:
    """Bring the row of a subscription to what Stripe answers; None if it is not ours."""
    began_at = asked_at(subscription_id)
    return apply_subscription_answer(stripe.subscription(subscription_id), began_at=began_at)


def apply_subscription_answer(answer: Object, *, began_at: datetime) -> SubscriptionChange | None:
    """The same with an answer that is here already; `began_at` is from before it was asked for.

    One that an event has overtaken changes nothing, and Stripe is asked again.
    """
    subscription_id = text(answer, "id")
    owner = find_owner(
        subscription_id=subscription_id,
        customer_id=reference(answer, "customer"),
        metadata=answer.get("metadata"),
    )
    if owner is None:
        return None
    facts, moment_ = subscription_facts(answer), began_at.timestamp()
    with transaction.atomic():
        customer = lock_billing(owner)
        row = find_subscription(subscription_id) or subscription_row(subscription_id, owner)
        change = apply_facts(row, facts, sync_key(began_at), began_at)
        note_trial(customer, facts)
        announce_subscription_change(change, f"sync:{int(moment_)}")
        alarm_duplicates(owner)
        if change.needs_sync:
            request_sync(SyncKind.SUBSCRIPTION, subscription_id, because=f"overtaken:{moment_}")
    return change


def sync_charge(stripe: StripeService, payment_intent: str) -> Payment | None:
    """Bring a payment to what Stripe answers of its charge and refunds; None if it is not ours.

    The only way in which what was refunded can become less.
    """
    asked = timezone.now()
    charge = stripe.charge_of(payment_intent)
    refunds = list(stripe.refunds_of(payment_intent))
    with transaction.atomic():
        lock_references(payment_intent)
        payment = find_payment(payment_intent)
        if payment is None or charge is None:
            return None
        lock_billing(payment.user_id)
        payment.refresh_from_db()
        correct_refunded(payment_intent, number(charge, "amount_refunded"), asked_at=asked)
        remember_charge(payment_intent, charge=text(charge, "id"))
        if not payment.receipt_url:
            payment.receipt_url = text(charge, "receipt_url")
            payment.save(update_fields=["receipt_url", "updated_at"])
        _record_refunds(payment, refunds)
        settle_and_announce(payment, payment_intent)
    return payment


def _record_refunds(payment: Payment, refunds: Iterable[Object]) -> None:
    """A row for each refund of Stripe: the one that asked for it, or a new one."""
    for refund in refunds:
        refund_id, ours = text(refund, "id"), _requested_refund(refund)
        status = refund_status(text(refund, "status"))
        row = Refund.objects.filter(stripe_refund_id=refund_id).first()
        if row is None and ours is not None:
            row = Refund.objects.filter(pk=ours, payment=payment).first()
        if row is None:
            Refund.objects.create(
                payment=payment,
                amount_cents=number(refund, "amount"),
                status=status,
                stripe_refund_id=refund_id,
            )
        elif (row.status, row.stripe_refund_id) != (status, refund_id):
            row.status, row.stripe_refund_id = status, refund_id
            row.save(update_fields=["status", "stripe_refund_id", "updated_at"])


def refund_status(word: str) -> RefundStatus:
    """Our word for Stripe's: https://docs.stripe.com/api/refunds/object#refund_object-status."""
    if word == "succeeded":
        return RefundStatus.SUCCEEDED
    return RefundStatus.FAILED if word in {"failed", "canceled"} else RefundStatus.PENDING


def _requested_refund(refund: Object) -> UUID | None:
    metadata = refund.get("metadata") or {}
    record, _user = our_metadata(
        {"app": metadata.get("app"), "record": metadata.get("refund")}
        if metadata.get("app") == APP
        else None
    )
    return record
