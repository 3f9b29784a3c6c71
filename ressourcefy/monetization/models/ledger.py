"""The ledger: payments, refunds and what was bought.

Amounts are integers in the currency's minor unit. Triggers hold what must not change
(`docs/architecture.md`).
"""

from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from core.models import BaseModel
from monetization.models.checkout import PaymentIntentRecord
from monetization.models.subscription import Subscription
from monetization.types import DisputeStatus, PaymentStatus, PurchaseStatus, RefundStatus
from users.models import User

# The resource lies in an app above this one, so it is named, not imported.
_RESOURCE = "resources.Resource"


class Payment(BaseModel):
    """Money received. Amount, currency and reference never change; rows are never removed."""

    user = models.ForeignKey(User, on_delete=models.DO_NOTHING, related_name="payments")
    amount_cents = models.PositiveIntegerField()
    currency = models.CharField(max_length=3, default="USD")
    provider_reference = models.CharField(max_length=100, unique=True)
    status = models.CharField(max_length=9, choices=PaymentStatus, default=PaymentStatus.PENDING)
    payment_intent = models.CharField(max_length=255, null=True, blank=True)  # noqa: DJ001 - unique
    charge = models.CharField(max_length=255, blank=True, default="")
    amount_refunded = models.PositiveIntegerField(default=0)
    dispute_status = models.CharField(
        max_length=4, choices=DisputeStatus, default=DisputeStatus.NONE
    )
    subscription = models.ForeignKey(
        Subscription, on_delete=models.DO_NOTHING, null=True, blank=True, related_name="payments"
    )
    resource = models.ForeignKey(
        _RESOURCE, on_delete=models.DO_NOTHING, null=True, blank=True, related_name="+"
    )
    paid_at = models.DateTimeField(default=timezone.now)
    receipt_url = models.URLField(max_length=2_048, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["payment_intent"], name="payment_intent_unique"),
            models.CheckConstraint(condition=Q(amount_cents__gt=0), name="payment_amount_positive"),
            models.CheckConstraint(
                condition=Q(currency__regex=r"^[A-Z]{3}$"), name="payment_currency_form"
            ),
            models.CheckConstraint(
                condition=Q(amount_refunded__lte=F("amount_cents")), name="payment_refund_within"
            ),
        ]
        indexes = [
            models.Index(fields=["user", "-created_at", "-id"], name="payment_of_user"),
            models.Index(fields=["-created_at", "-id"], name="payment_newest"),
            models.Index(fields=["status", "-id"], name="payment_by_status"),
            models.Index(fields=["status", "-created_at", "-id"], name="payment_newest_by_status"),
        ]

    def __str__(self) -> str:
        return self.provider_reference


class PurchaseQuerySet(models.QuerySet["Purchase"]):
    """Queries on purchases."""

    def granted(self) -> Self:
        """Purchases that open their resource."""
        return self.filter(status=PurchaseStatus.ACTIVE)


class Purchase(BaseModel):
    """A person's right to one priced resource."""

    user = models.ForeignKey(User, on_delete=models.DO_NOTHING, related_name="purchases")
    resource = models.ForeignKey(_RESOURCE, on_delete=models.DO_NOTHING, related_name="purchases")
    payment = models.OneToOneField(
        Payment, on_delete=models.DO_NOTHING, null=True, blank=True, related_name="purchase"
    )
    record = models.OneToOneField(
        PaymentIntentRecord,
        on_delete=models.DO_NOTHING,
        null=True,
        blank=True,
        related_name="purchase",
    )
    status = models.CharField(max_length=9, choices=PurchaseStatus, default=PurchaseStatus.ACTIVE)

    objects = PurchaseQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["user", "resource"],
                name="purchase_granted",
                condition=Q(status=PurchaseStatus.ACTIVE),
            ),
            models.Index(fields=["status", "-id"], name="purchase_by_status"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.resource_id}"


class StripeCharge(BaseModel):
    """What Stripe told of the money behind one payment intent, whether its payment is here or not.

    Refunds, disputes and the link from an invoice to its charge may be heard of before the payment
    they belong to; they wait here (`docs/payments.md`).
    """

    payment_intent = models.CharField(max_length=255, unique=True)
    invoice = models.CharField(max_length=255, null=True, blank=True)  # noqa: DJ001 - unique
    charge = models.CharField(max_length=255, blank=True, default="")
    amount_refunded = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["invoice"], name="stripe_charge_invoice_unique"),
        ]
        indexes = [models.Index(fields=["-created_at", "-id"], name="stripe_charge_newest")]

    def __str__(self) -> str:
        return self.payment_intent


class Dispute(BaseModel):
    """A charge that its payer contests. A closed one stays as it is."""

    stripe_dispute_id = models.CharField(max_length=255, unique=True)
    payment_intent = models.CharField(max_length=255, db_index=True)
    status = models.CharField(max_length=4, choices=DisputeStatus, default=DisputeStatus.OPEN)
    reason = models.CharField(max_length=100, blank=True, default="")

    class Meta:
        indexes = [models.Index(fields=["status", "-id"], name="dispute_by_status")]

    def __str__(self) -> str:
        return self.stripe_dispute_id


class Refund(BaseModel):
    """Money given back, whole or in part. The amount never changes; rows are never removed."""

    payment = models.ForeignKey(Payment, on_delete=models.DO_NOTHING, related_name="refunds")
    amount_cents = models.PositiveIntegerField()
    status = models.CharField(max_length=9, choices=RefundStatus, default=RefundStatus.PENDING)
    stripe_refund_id = models.CharField(max_length=255, null=True, blank=True)  # noqa: DJ001 - unique
    requested_by = models.ForeignKey(
        User, on_delete=models.DO_NOTHING, null=True, blank=True, related_name="+"
    )
    reason = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["stripe_refund_id"], name="refund_stripe_id_unique"),
            models.CheckConstraint(condition=Q(amount_cents__gt=0), name="refund_amount_positive"),
        ]
        indexes = [
            models.Index(fields=["status", "-id"], name="refund_by_status"),
        ]

    def __str__(self) -> str:
        return f"{self.payment_id} {self.amount_cents}"
