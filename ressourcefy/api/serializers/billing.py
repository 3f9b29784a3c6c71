"""Bodies about money. Amounts are whole numbers in the smallest unit of the currency."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from api.serializers.fields import Id, Text
from monetization.types import (
    IntentKind,
    IntentStatus,
    PaymentStatus,
    Plan,
    SubscriptionSource,
    SubscriptionStatus,
)
from read_models.billing.own_subscription import RequiredAction

_MAX_KEY_LENGTH = 255
_MAX_URL_LENGTH = 2_048


class CheckoutInput(serializers.Serializer[Any]):
    """What to pay for: exactly one of `plan`, `price_id` and `resource_id`."""

    plan = Text(
        max_length=_MAX_KEY_LENGTH,
        required=False,
        help_text="The key of an offer in `/api/billing/plans/`.",
    )
    price_id = Text(
        max_length=_MAX_KEY_LENGTH, required=False, help_text="The price of such an offer."
    )
    resource_id = Id(required=False, help_text="A resource with a price.")
    success_url = Text(
        max_length=_MAX_URL_LENGTH,
        required=False,
        allow_blank=True,
        help_text="A page of the web client; {CHECKOUT_SESSION_ID} is replaced.",
    )
    cancel_url = Text(max_length=_MAX_URL_LENGTH, required=False, allow_blank=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if sum(name in attrs for name in ("plan", "price_id", "resource_id")) != 1:
            raise serializers.ValidationError(
                {"plan": [_("Name exactly one of plan, price_id and resource_id.")]}
            )
        return attrs


class CheckoutAnswer(serializers.Serializer[Any]):
    """Where the payer goes next."""

    sessionId = serializers.CharField()  # noqa: N815 - the web client's name
    url = serializers.URLField()


class CheckoutView(serializers.Serializer[Any]):
    """How a checkout stands; only `completed` means that it is paid."""

    session_id = serializers.CharField()
    status = serializers.ChoiceField(choices=IntentStatus.choices)
    kind = serializers.ChoiceField(choices=IntentKind.choices)
    plan = serializers.CharField(allow_null=True)
    resource_id = serializers.UUIDField(allow_null=True)
    amount_cents = serializers.IntegerField(allow_null=True)
    currency = serializers.CharField()
    created_at = serializers.DateTimeField()


class PortalInput(serializers.Serializer[Any]):
    """Where the portal leads back to."""

    return_url = Text(max_length=_MAX_URL_LENGTH, required=False, allow_blank=True)


class PortalAnswer(serializers.Serializer[Any]):
    """Stripe's page for the caller's cards, plan and cancellation; good for some minutes."""

    url = serializers.URLField()


class SubscriptionView(serializers.Serializer[Any]):
    """The caller's subscription; without one the plan is free and the rest null or empty."""

    id = serializers.UUIDField(allow_null=True)
    plan = serializers.ChoiceField(choices=Plan.choices)
    offer = serializers.CharField(help_text="The key of what was subscribed to; may be empty.")
    status = serializers.ChoiceField(choices=SubscriptionStatus.choices, allow_null=True)
    stripe_status = serializers.CharField(help_text="Stripe's own word; empty without one.")
    origin = serializers.ChoiceField(choices=SubscriptionSource.choices, allow_null=True)
    started_at = serializers.DateTimeField(allow_null=True)
    current_period_end = serializers.DateTimeField(allow_null=True)
    trial_end = serializers.DateTimeField(allow_null=True)
    cancel_at = serializers.DateTimeField(allow_null=True)
    ends_at = serializers.DateTimeField(allow_null=True)
    has_access = serializers.BooleanField()
    access_until = serializers.DateTimeField(allow_null=True)
    action = serializers.ChoiceField(
        choices=[action.value for action in RequiredAction],
        help_text="What keeps it from running: an unpaid invoice, whose page is `action_url`.",
    )
    action_url = serializers.URLField(allow_null=True)
    next_payment_attempt_at = serializers.DateTimeField(allow_null=True)


class PaymentView(serializers.Serializer[Any]):
    """A payment; one refunded in part stays `completed`."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=IntentKind.choices)
    resource_id = serializers.UUIDField(allow_null=True)
    resource_title = serializers.CharField(allow_null=True)
    amount_cents = serializers.IntegerField()
    amount_refunded_cents = serializers.IntegerField()
    currency = serializers.CharField()
    status = serializers.ChoiceField(choices=PaymentStatus.choices)
    paid_at = serializers.DateTimeField()
    receipt_url = serializers.URLField(allow_null=True)


class OfferView(serializers.Serializer[Any]):
    """A way to pay for premium."""

    key = serializers.CharField()
    plan = serializers.ChoiceField(choices=Plan.choices)
    price_id = serializers.CharField()
    amount_cents = serializers.IntegerField()
    currency = serializers.CharField()
    interval = serializers.ChoiceField(choices=["day", "week", "month", "year"])
    trial_days = serializers.IntegerField()
