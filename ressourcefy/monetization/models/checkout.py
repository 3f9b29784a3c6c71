"""The way to Stripe and back: customers, checkouts and deliveries."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from core.models import BaseModel
from monetization.types import IntentKind, IntentStatus, WebhookStatus
from users.models import User


class StripeCustomer(BaseModel):
    """A person as the provider knows them. The row is also the lock on the person's billing."""

    user = models.OneToOneField(User, on_delete=models.PROTECT, related_name="stripe_customer")
    stripe_customer_id = models.CharField(max_length=255, null=True, blank=True)  # noqa: DJ001
    closed_at = models.DateTimeField(null=True, blank=True)
    trial_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["stripe_customer_id"], name="stripe_customer_id_unique"
            ),
        ]

    def __str__(self) -> str:
        return str(self.user_id)

    def close(self) -> None:
        """Stripe has deleted the customer; a later checkout makes a new one."""
        if self.closed_at is None:
            self.closed_at = timezone.now()
            self.save(update_fields=["closed_at", "updated_at"])


class PaymentIntentRecord(BaseModel):
    """A checkout, recorded before the provider hears of it. The id is the idempotency key."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="payment_intents")
    kind = models.CharField(max_length=12, choices=IntentKind, default=IntentKind.SUBSCRIPTION)
    resource = models.ForeignKey(
        "resources.Resource", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    plan_key = models.CharField(max_length=50, blank=True, default="")
    price_id = models.CharField(max_length=255, blank=True, default="")
    amount_cents = models.PositiveIntegerField(null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True, default="")
    status = models.CharField(max_length=10, choices=IntentStatus, default=IntentStatus.CREATED)
    stripe_session_id = models.CharField(max_length=255, null=True, blank=True)  # noqa: DJ001
    url = models.URLField(max_length=2_048, blank=True, default="")
    expires_at = models.DateTimeField(null=True, blank=True)
    stripe_customer_id = models.CharField(max_length=255, blank=True, default="")
    stripe_subscription_id = models.CharField(max_length=255, blank=True, default="")
    payment_intent = models.CharField(max_length=255, blank=True, default="")
    invoice = models.CharField(max_length=255, blank=True, default="")
    metadata = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["stripe_session_id"], name="payment_intent_session_unique"
            ),
            models.CheckConstraint(
                name="payment_intent_kind_and_resource",
                condition=Q(kind=IntentKind.SUBSCRIPTION, resource__isnull=True)
                | Q(kind=IntentKind.PURCHASE, resource__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["user", "-created_at"], name="payment_intent_of_user"),
            models.Index(fields=["status", "-id"], name="payment_intent_by_status"),
        ]

    def __str__(self) -> str:
        return str(self.id)


class WebhookEvent(BaseModel):
    """A signed delivery of the provider, stored before it is processed."""

    stripe_id = models.CharField(max_length=255, unique=True)
    event_type = models.CharField(max_length=100)
    payload = models.JSONField(default=dict)
    status = models.CharField(max_length=9, choices=WebhookStatus, default=WebhookStatus.PENDING)
    occurred_at = models.DateTimeField(null=True, blank=True)
    api_version = models.CharField(max_length=50, blank=True, default="")
    attempts = models.PositiveIntegerField(default=0)
    next_retry_at = models.DateTimeField(default=timezone.now)
    processed_at = models.DateTimeField(null=True, blank=True)
    error_message = models.TextField(blank=True, default="")

    class Meta:
        indexes = [
            models.Index(
                fields=["next_retry_at"],
                name="webhook_open",
                condition=Q(status__in=["PENDING", "FAILED"]),
            ),
            models.Index(
                fields=["created_at"],
                name="webhook_unprocessed",
                condition=Q(status__in=["PENDING", "FAILED"]),
            ),
            models.Index(fields=["-created_at", "-id"], name="webhook_newest"),
            models.Index(
                fields=["processed_at"],
                name="webhook_with_payload",
                condition=Q(status__in=["PROCESSED", "IGNORED"]) & ~Q(payload={}),
            ),
            models.Index(fields=["status", "-id"], name="webhook_by_status"),
        ]

    def __str__(self) -> str:
        return self.stripe_id
