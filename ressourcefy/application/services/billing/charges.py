"""What deliveries about charges change: refunds, disputes, and what the money bought."""

from application.services.billing.announcements import announce_failed_refund
from application.services.billing.objects import StripeEvent, number, reference, text
from application.services.billing.owners import find_owner
from application.services.billing.settlements import settle_and_announce
from application.services.billing.sync_requests import SyncKind, request_sync
from core.services.audit import audit_change
from monetization.models import PaymentIntentRecord, Refund, StripeCharge
from monetization.services.ledger import (
    find_payment,
    remember_charge,
    remember_dispute,
)
from monetization.services.locks import lock_billing, lock_references
from monetization.types import DisputeStatus, RefundStatus

# Questions of a bank before it comes to a dispute; the money stays.
_INQUIRY = "warning_"


def apply_refunded_charge(event: StripeEvent) -> bool:
    """Money went back; the charge names how much in all."""
    payment_intent = reference(event.body, "payment_intent")
    if not payment_intent or not _is_ours(event, payment_intent):
        return False
    lock_references(payment_intent)
    remember_charge(
        payment_intent,
        charge=text(event.body, "id"),
        amount_refunded=number(event.body, "amount_refunded"),
    )
    payment = find_payment(payment_intent)
    if payment is not None:
        lock_billing(payment.user_id)
        settle_and_announce(payment, payment_intent)
        # Rows of the ledger for refunds that were made at Stripe, not here.
        request_sync(SyncKind.CHARGE, payment_intent, because=event.id)
    return True


def apply_failed_refund(event: StripeEvent) -> bool:
    """Money that should have gone back did not; Stripe is asked how much it is now."""
    refund_id = text(event.body, "id")
    payment_intent = reference(event.body, "payment_intent")
    payment = find_payment(payment_intent) if payment_intent else None
    if payment is None:
        return False
    lock_references(payment_intent)
    lock_billing(payment.user_id)
    for refund in Refund.objects.filter(stripe_refund_id=refund_id).exclude(
        status=RefundStatus.FAILED
    ):
        refund.status = RefundStatus.FAILED
        refund.save(update_fields=["status", "updated_at"])
        audit_change(
            entity=refund, action="UPDATE", actor=None, after={"status": RefundStatus.FAILED}
        )
    request_sync(SyncKind.CHARGE, payment_intent, because=event.id)
    announce_failed_refund(payment, refund_id)
    return True


def apply_dispute(event: StripeEvent) -> bool:
    """A payer contests a payment, or the dispute came to its end.

    A dispute says nothing of whose it is: one about a payment that we do not know yet waits for it.
    """
    payment_intent = reference(event.body, "payment_intent")
    word = text(event.body, "status")
    status = _dispute_status(word, is_closed=event.type == "charge.dispute.closed")
    if not payment_intent or status is None:
        return False
    lock_references(payment_intent)
    dispute_id = text(event.body, "id")
    has_changed = remember_dispute(
        dispute_id,
        payment_intent=payment_intent,
        status=status,
        reason=text(event.body, "reason"),
    )
    payment = find_payment(payment_intent)
    if payment is not None and has_changed:
        lock_billing(payment.user_id)
        settle_and_announce(payment, payment_intent, changed_dispute=dispute_id)
    return True


def _dispute_status(word: str, *, is_closed: bool) -> DisputeStatus | None:
    """Our word for Stripe's; None for a question of the bank that suspends nothing."""
    if is_closed:
        return DisputeStatus.LOST if word == "lost" else DisputeStatus.WON
    return None if word.startswith(_INQUIRY) else DisputeStatus.OPEN


def _is_ours(event: StripeEvent, payment_intent: str) -> bool:
    owner = find_owner(
        customer_id=reference(event.body, "customer"), metadata=event.body.get("metadata")
    )
    return (
        owner is not None
        or find_payment(payment_intent) is not None
        or StripeCharge.objects.filter(payment_intent=payment_intent).exists()
        or PaymentIntentRecord.objects.filter(payment_intent=payment_intent).exists()
    )
