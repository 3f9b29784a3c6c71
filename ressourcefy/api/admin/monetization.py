"""Money: what use cases do about it, and the rest to look at; nothing is changed by hand."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from api.admin.base import EVERYWHERE, TableAdmin, name_of
from api.admin.form_pages import FormPage, FormPagesAdmin
from api.admin.site import site
from application.dto.commands import (
    CancelSubscriptionCommand,
    RefundPaymentCommand,
    ReplayWebhookCommand,
)
from application.use_cases.cancel_subscription import CancelSubscription
from application.use_cases.refund_payment import RefundPayment
from application.use_cases.replay_webhook import ReplayWebhook
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
from users.models import User

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
    actions = ("cancel",)

    @admin.action(description="End now, at the provider as well", location=EVERYWHERE)
    def cancel(self, request: HttpRequest, rows: QuerySet[Subscription]) -> None:
        self.change_each(
            request,
            rows,
            lambda user, key: CancelSubscription().execute(
                CancelSubscriptionCommand(user=user, subscription_id=key)
            ),
        )


class RefundForm(forms.Form):
    """How much goes back, and why."""

    amount_cents = forms.IntegerField(
        label="Amount",
        min_value=1,
        max_value=2**31 - 1,
        help_text="In the smallest unit of the payment's currency, as cents; proposed is the rest.",
    )
    reason = forms.CharField(max_length=500, help_text="For whoever looks at it later.")


def _refund(user: User, payment_id: UUID, filled_in: dict[str, Any]) -> str:
    refunded = RefundPayment().execute(
        RefundPaymentCommand(user=user, payment_id=payment_id, **filled_in)
    )
    return f"The provider gives back {refunded.refund_amount_cents}."


def _rest(payment: Payment) -> dict[str, int]:
    return {"amount_cents": payment.amount_cents - payment.amount_refunded}


@admin.register(Payment, site=site)
class PaymentAdmin(FormPagesAdmin):
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
    actions = ("refund",)
    form_pages = {"refund": FormPage("Refund", "Give back", RefundForm, _refund, _rest)}

    @admin.action(description="Refund, in whole or in part", location=EVERYWHERE)
    def refund(self, request: HttpRequest, rows: QuerySet[Payment]) -> HttpResponse | None:
        return self.lead_to(request, rows, "refund")


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
    actions = ("replay",)

    @admin.action(description="Process again, if it has not taken effect", location=EVERYWHERE)
    def replay(self, request: HttpRequest, rows: QuerySet[WebhookEvent]) -> None:
        names = dict(rows.values_list("pk", "stripe_id"))
        self.change_each(
            request,
            rows,
            lambda user, key: ReplayWebhook().execute(
                ReplayWebhookCommand(user=user, stripe_id=names[key])
            ),
        )
