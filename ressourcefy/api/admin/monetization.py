"""Money, to look at: nothing of it is changed by hand."""

from django.contrib import admin

from api.admin.base import TableAdmin, name_of
from api.admin.site import site
from monetization.models import (
    Dispute,
    Payment,
    PaymentIntentRecord,
    Purchase,
    Refund,
    StripeCharge,
    StripeCustomer,
    Subscription,
    WebhookEvent,
)

_WITH_NAME = ("user__profile",)


@admin.register(Subscription, site=site)
class SubscriptionAdmin(TableAdmin):
    """What gives premium access."""

    list_display = (
        name_of("user", "user"),
        "plan",
        "status",
        "source",
        "stripe_status",
        "current_period_end",
        "created_at",
    )
    list_select_related = _WITH_NAME
    list_filter = ("status",)
    search_ids = ("pk", "user_id")
    search_texts = ("stripe_subscription_id",)
    search_help_text = "The provider's id, or the id of a subscription or an account."


@admin.register(Payment, site=site)
class PaymentAdmin(TableAdmin):
    """Money received."""

    list_display = (
        "provider_reference",
        name_of("user", "user"),
        "amount_cents",
        "currency",
        "status",
        "amount_refunded",
        "dispute_status",
        "created_at",
    )
    list_select_related = _WITH_NAME
    list_filter = ("status",)
    search_ids = ("pk", "user_id")
    search_texts = ("provider_reference", "payment_intent")
    search_help_text = "The provider's reference, or the id of a payment or an account."


@admin.register(Refund, site=site)
class RefundAdmin(TableAdmin):
    """Money given back."""

    list_display = ("payment", "amount_cents", "status", "created_at")
    list_select_related = ("payment",)
    list_filter = ("status",)
    search_ids = ("pk", "payment_id")
    search_texts = ("stripe_refund_id",)
    search_help_text = "The provider's id, or the id of a refund or a payment."


@admin.register(Dispute, site=site)
class DisputeAdmin(TableAdmin):
    """Payments that their payers contest."""

    list_display = ("stripe_dispute_id", "payment_intent", "status", "reason", "created_at")
    list_filter = ("status",)
    search_texts = ("stripe_dispute_id", "payment_intent")
    search_help_text = "The provider's id, a payment intent, or the id of a dispute."


@admin.register(StripeCharge, site=site)
class StripeChargeAdmin(TableAdmin):
    """What the provider told of the money behind payments, also before their payment."""

    list_display = ("payment_intent", "invoice", "charge", "amount_refunded", "created_at")
    search_texts = ("payment_intent", "invoice")
    search_help_text = "A payment intent, an invoice, or the id of a row."


@admin.register(Purchase, site=site)
class PurchaseAdmin(TableAdmin):
    """Who bought what."""

    list_display = (name_of("user", "user"), "resource", "status", "created_at")
    list_select_related = (*_WITH_NAME, "resource")
    list_filter = ("status",)
    search_ids = ("pk", "user_id", "resource_id", "payment_id")
    search_help_text = "The id of a purchase, an account, a resource or a payment."


@admin.register(PaymentIntentRecord, site=site)
class PaymentIntentRecordAdmin(TableAdmin):
    """Checkouts."""

    list_display = (
        name_of("user", "user"),
        "kind",
        "plan_key",
        "amount_cents",
        "currency",
        "status",
        "created_at",
    )
    list_select_related = _WITH_NAME
    list_filter = ("status",)
    list_defer = ("metadata",)
    search_ids = ("pk", "user_id")
    search_texts = ("stripe_session_id",)
    search_help_text = "The provider's session, or the id of a checkout or an account."


@admin.register(StripeCustomer, site=site)
class StripeCustomerAdmin(TableAdmin):
    """People as the provider knows them."""

    list_display = (name_of("user", "user"), "stripe_customer_id", "closed_at", "created_at")
    list_select_related = _WITH_NAME
    search_ids = ("pk", "user_id")
    search_texts = ("stripe_customer_id",)
    search_help_text = "The provider's id, or the id of an account."


@admin.register(WebhookEvent, site=site)
class WebhookEventAdmin(TableAdmin):
    """What the provider delivered."""

    list_display = ("stripe_id", "event_type", "status", "attempts", "occurred_at", "created_at")
    list_filter = ("status",)
    list_defer = ("payload",)
    search_texts = ("stripe_id",)
    search_help_text = "The provider's id, or the id of a delivery."
