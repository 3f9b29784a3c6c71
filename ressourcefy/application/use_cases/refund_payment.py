"""Give a payment back, whole or in part."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q, Sum
from django.utils.translation import gettext

from application.dto.commands import RefundPaymentCommand
from application.dto.results import RefundedPayment
from application.exceptions import AdministratorsOnly, PaymentsRefused
from application.policies.account_policy import can_keep_books
from application.services.billing.sync_requests import SyncKind, request_sync
from application.services.billing.syncs import refund_status
from application.services.stripe_service import Object, StripeService
from core.exceptions import InvalidAction
from core.services.audit import audit_change
from monetization.exceptions import PaymentNotFound
from monetization.models import Payment, Refund
from monetization.services.locks import lock_billing
from monetization.types import PaymentStatus, RefundStatus


@dataclass(slots=True)
class RefundPayment:
    """The request is a row first; its id is the key under which Stripe is asked once.

    After a failure of Stripe the row stays pending, and the same request takes it up again. The
    payment itself changes when Stripe tells of it. Raises AccessDenied, PaymentNotFound,
    InvalidAction, and PaymentsUnavailable.
    """

    payments: Callable[[], StripeService] = StripeService

    def execute(self, command: RefundPaymentCommand) -> RefundedPayment:
        if not can_keep_books(command.user):
            raise AdministratorsOnly
        refund, payment, is_again = _requested(command)
        stripe = self.payments()
        try:
            intent = _payment_intent(stripe, payment)
            # Stripe forgets a key after a day, and then would pay back twice.
            answer = _made_before(stripe, intent, refund) if is_again else None
            answer = answer or stripe.create_refund(
                payment_intent=intent, amount_cents=refund.amount_cents, refund_id=refund.pk
            )
        except PaymentsRefused as refusal:
            _settle(refund, RefundStatus.FAILED, "")
            raise InvalidAction(gettext("Stripe refuses to refund this payment.")) from refusal
        _settle(refund, refund_status(str(answer.get("status"))), str(answer["id"]))
        return RefundedPayment(
            payment_id=payment.pk,
            refund_id=refund.pk,
            refund_amount_cents=refund.amount_cents,
        )


@transaction.atomic
def _requested(command: RefundPaymentCommand) -> tuple[Refund, Payment, bool]:
    """The row of this request, and whether it waited for Stripe already, for the same amount."""
    payment = Payment.objects.filter(pk=command.payment_id).first()
    if payment is None:
        raise PaymentNotFound
    lock_billing(payment.user_id)
    payment.refresh_from_db()
    if command.amount_cents is not None and command.amount_cents < 1:
        raise InvalidAction(gettext("The amount has to be above 0 and at most what is left."))
    if payment.status != PaymentStatus.COMPLETED:
        raise InvalidAction(gettext("Only a completed payment can be refunded."))
    waiting = payment.refunds.filter(status=RefundStatus.PENDING, stripe_refund_id__isnull=True)
    asked = payment.refunds.exclude(status=RefundStatus.FAILED).aggregate(sum=Sum("amount_cents"))
    # What Stripe has given back, and what we have asked for and not heard of yet.
    gone = max(payment.amount_refunded, asked["sum"] or 0)
    left = payment.amount_cents - gone
    wanted = Q(amount_cents=command.amount_cents) if command.amount_cents else Q()
    # All that is left is what a request for it has reserved.
    again = waiting.filter(wanted).first() if command.amount_cents or not left else None
    if again is not None:
        return again, payment, True
    amount = left if command.amount_cents is None else command.amount_cents
    if not 0 < amount <= left:
        raise InvalidAction(gettext("The amount has to be above 0 and at most what is left."))
    refund = Refund.objects.create(
        payment=payment, amount_cents=amount, requested_by=command.user, reason=command.reason
    )
    audit_change(
        entity=refund,
        action="CREATE",
        actor=command.user,
        after={"payment_id": str(payment.pk), "amount_cents": amount},
    )
    return refund, payment, False


def _made_before(stripe: StripeService, payment_intent: str, refund: Refund) -> Object | None:
    """What Stripe has made of this request, although its answer never reached us."""
    for answer in stripe.refunds_of(payment_intent):
        if (answer.get("metadata") or {}).get("refund") == str(refund.pk):
            return answer
    return None


def _payment_intent(stripe: StripeService, payment: Payment) -> str:
    """What Stripe refunds; an invoice does not name it, so it is asked for where nobody told."""
    intent = payment.payment_intent or stripe.payment_intent_of_invoice(payment.provider_reference)
    if not intent:
        raise PaymentsRefused
    return intent


@transaction.atomic
def _settle(refund: Refund, status: RefundStatus, stripe_refund_id: str) -> None:
    locked = Refund.objects.select_for_update().select_related("payment").get(pk=refund.pk)
    if locked.status == RefundStatus.PENDING:
        locked.status = status
    locked.stripe_refund_id = locked.stripe_refund_id or stripe_refund_id or None
    locked.save(update_fields=["status", "stripe_refund_id", "updated_at"])
    if locked.payment.payment_intent and locked.stripe_refund_id:
        request_sync(
            SyncKind.CHARGE, locked.payment.payment_intent, because=locked.stripe_refund_id
        )
