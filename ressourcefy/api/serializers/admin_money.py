"""The shape of subscriptions and payments in the administration."""

from typing import Any

from rest_framework import serializers

from api.serializers.fields import Choice, Moment, WholeNumber
from monetization.types import PaymentStatus, Plan, SubscriptionSource, SubscriptionStatus


class ChangeSubscriptionInput(serializers.Serializer[Any]):
    """What to change; what is not named stays."""

    plan = Choice(choices=Plan.choices, required=False)
    status = Choice(choices=SubscriptionStatus.choices, required=False)
    ends_at = Moment(allow_null=True, required=False)

    def validate_plan(self, value: str) -> Plan:
        return Plan(value)

    def validate_status(self, value: str) -> SubscriptionStatus:
        return SubscriptionStatus(value)


class RefundInput(serializers.Serializer[Any]):
    """How much goes back; all that is left unless an amount is named."""

    amount_cents = WholeNumber(allow_null=True, required=False)


class AdministeredSubscriptionView(serializers.Serializer[Any]):
    """A subscription as it stands now; `user` is `user_id` once more."""

    id = serializers.UUIDField()
    user = serializers.UUIDField()
    user_id = serializers.UUIDField()
    user_email = serializers.EmailField()
    plan = serializers.ChoiceField(choices=Plan.choices)
    status = serializers.ChoiceField(choices=SubscriptionStatus.choices)
    origin = serializers.ChoiceField(
        choices=SubscriptionSource.choices, help_text="Who keeps it; only `manual` is changed here."
    )
    stripe_status = serializers.CharField(help_text="Stripe's own word; empty without one.")
    started_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class ChangedSubscriptionView(serializers.Serializer[Any]):
    """A subscription after a change."""

    subscription_id = serializers.UUIDField()
    status = serializers.ChoiceField(choices=SubscriptionStatus.choices)
    plan = serializers.ChoiceField(choices=Plan.choices)


class AdministeredPaymentView(serializers.Serializer[Any]):
    """A payment; amounts are in the smallest unit of `currency`."""

    id = serializers.UUIDField()
    user_id = serializers.UUIDField()
    user_email = serializers.EmailField()
    amount_cents = serializers.IntegerField()
    amount_refunded_cents = serializers.IntegerField()
    currency = serializers.CharField()
    status = serializers.ChoiceField(choices=PaymentStatus.choices)
    provider_reference = serializers.CharField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class RefundedPaymentView(serializers.Serializer[Any]):
    """Money on its way back; the payment changes when Stripe tells of it."""

    message = serializers.CharField()
    refund_amount_cents = serializers.IntegerField()
