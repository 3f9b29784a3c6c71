"""Payments, and what Stripe tells of the money behind them.

Each fact has a natural key of Stripe's and is written once, whatever the number and order of the
deliveries that tell of it. The caller holds the locks (`monetization.services.locks`).
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models.functions import Now

from monetization.models import Dispute, Payment, Purchase, StripeCharge, Subscription
from monetization.types import DisputeStatus, PaymentStatus, PurchaseStatus

# What is checked after a change, the gravest first.
_GRAVITY = (DisputeStatus.LOST, DisputeStatus.OPEN, DisputeStatus.WON)
_CLOSED = (DisputeStatus.WON, DisputeStatus.LOST)


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """Money that came in. `amount_cents` is in the smallest unit of `currency`, and above 0."""

    reference: str
    user_id: UUID
    amount_cents: int
    currency: str
    paid_at: datetime
    subscription: Subscription | None = None
    resource_id: UUID | None = None
    receipt_url: str = ""


def record_payment(receipt: Receipt) -> tuple[Payment, bool]:
    """The payment of this reference, and whether it is new; an older one stays as it is."""
    return Payment.objects.get_or_create(
        provider_reference=receipt.reference,
        defaults={
            "user_id": receipt.user_id,
            "amount_cents": receipt.amount_cents,
            "currency": receipt.currency,
            "status": PaymentStatus.COMPLETED,
            "subscription": receipt.subscription,
            "resource_id": receipt.resource_id,
            "paid_at": receipt.paid_at,
            "receipt_url": receipt.receipt_url,
        },
    )


def remember_charge(
    payment_intent: str, *, invoice: str = "", charge: str = "", amount_refunded: int = 0
) -> StripeCharge:
    """Keep what is told of a payment intent; what was refunded only grows."""
    row, _made = StripeCharge.objects.get_or_create(payment_intent=payment_intent)
    if invoice and not StripeCharge.objects.filter(invoice=invoice).exclude(pk=row.pk).exists():
        # An invoice that was paid in parts keeps the first of them.
        row.invoice = invoice
    row.charge = charge or row.charge
    row.amount_refunded = max(row.amount_refunded, amount_refunded)
    row.save()
    return row


def correct_refunded(payment_intent: str, amount_refunded: int, *, asked_at: datetime) -> None:
    """Set what was refunded to what Stripe itself answered: a refund that failed lowers it.

    What an event has told since Stripe was asked is newer than the answer, and stays.
    """
    charges = StripeCharge.objects.filter(payment_intent=payment_intent)
    charges.exclude(amount_refunded__gt=amount_refunded, updated_at__gt=asked_at).update(
        amount_refunded=amount_refunded, updated_at=Now()
    )


def remember_dispute(
    dispute_id: str, *, payment_intent: str, status: DisputeStatus, reason: str
) -> bool:
    """Keep what is told of a dispute, and whether it is news; a closed one stays closed."""
    dispute, is_new = Dispute.objects.get_or_create(
        stripe_dispute_id=dispute_id,
        defaults={"payment_intent": payment_intent, "status": status, "reason": reason},
    )
    if dispute.status == status or dispute.status in _CLOSED:
        return is_new
    dispute.status = status
    dispute.save(update_fields=["status", "updated_at"])
    return True


def payment_intent_of(invoice: str) -> str:
    """The payment intent that paid an invoice; empty as long as Stripe has not told."""
    found = StripeCharge.objects.filter(invoice=invoice).values_list("payment_intent", flat=True)
    return found.first() or ""


def find_payment(payment_intent: str) -> Payment | None:
    """The payment behind a payment intent, with the invoice in between if there is one."""
    payment = Payment.objects.filter(payment_intent=payment_intent).first()
    if payment is not None:
        return payment
    invoice = StripeCharge.objects.filter(payment_intent=payment_intent, invoice__isnull=False)
    return Payment.objects.filter(provider_reference__in=invoice.values("invoice")).first()


@dataclass(frozen=True, slots=True)
class Settlement:
    """How a payment stands after what was waiting for it is applied."""

    payment: Payment
    refunded_before: int
    dispute_before: str

    @property
    def has_more_refunded(self) -> bool:
        """Whether money went back since."""
        return self.payment.amount_refunded > self.refunded_before

    @property
    def has_news_of_dispute(self) -> bool:
        """Whether a dispute began or ended since."""
        return self.payment.dispute_status != self.dispute_before


def settle(payment: Payment, payment_intent: str) -> Settlement:
    """Apply to `payment` what is known of its money, and to what was bought with it.

    A full refund takes the purchase back, a part does not. A dispute suspends what was bought until
    it is won. A subscription ends by what Stripe tells of the subscription, never by a refund.
    """
    charge = StripeCharge.objects.filter(payment_intent=payment_intent).first()
    refunded_before, dispute_before = payment.amount_refunded, payment.dispute_status
    payment.payment_intent = payment_intent
    if charge is not None:
        payment.charge = charge.charge
        payment.amount_refunded = min(charge.amount_refunded, payment.amount_cents)
    disputes = set(
        Dispute.objects.filter(payment_intent=payment_intent).values_list("status", flat=True)
    )
    payment.dispute_status = next(
        (status for status in _GRAVITY if status in disputes), DisputeStatus.NONE
    )
    is_refunded = payment.amount_refunded == payment.amount_cents
    payment.status = PaymentStatus.REFUNDED if is_refunded else PaymentStatus.COMPLETED
    payment.save(
        update_fields=[
            "payment_intent",
            "charge",
            "amount_refunded",
            "dispute_status",
            "status",
            "updated_at",
        ]
    )
    _settle_purchase(payment)
    if payment.subscription_id is not None:
        _settle_suspension(payment.subscription_id)
    return Settlement(payment, refunded_before, dispute_before)


def purchase_status(payment: Payment | None) -> PurchaseStatus:
    """What the money behind a purchase makes of it; what cost nothing stays."""
    if payment is None:
        return PurchaseStatus.ACTIVE
    if payment.status == PaymentStatus.REFUNDED:
        return PurchaseStatus.REVOKED
    if payment.dispute_status in {DisputeStatus.OPEN, DisputeStatus.LOST}:
        return PurchaseStatus.SUSPENDED
    return PurchaseStatus.ACTIVE


def _settle_purchase(payment: Payment) -> None:
    Purchase.objects.filter(payment=payment).update(
        status=purchase_status(payment), updated_at=Now()
    )


def _settle_suspension(subscription_id: UUID) -> None:
    """A subscription is suspended as long as one of its payments is contested or lost."""
    contested = Payment.objects.filter(
        subscription_id=subscription_id,
        dispute_status__in=[DisputeStatus.OPEN, DisputeStatus.LOST],
    ).exists()
    rows = Subscription.objects.filter(pk=subscription_id, suspended_at__isnull=contested)
    rows.update(suspended_at=Now() if contested else None, updated_at=Now())
