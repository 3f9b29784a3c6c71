"""What the demo's buyer has paid: as if the development Stripe had told of it."""

from django.conf import settings
from django.db import transaction

from api.examples.demo import (
    CHECKOUT_SESSION,
    COURSE_PRICE_CENTS,
    PAYMENTS,
    RESOURCES,
    STRIPE_CUSTOMER,
    STRIPE_PAYMENT_INTENT,
)
from devtools.demo.ids import the_next
from monetization.models import Payment, PaymentIntentRecord, Purchase, StripeCustomer
from monetization.types import IntentKind, IntentStatus, PaymentStatus
from users.models import User


@transaction.atomic
def make_purchase(buyer: User) -> None:
    """The checkout, the payment and what it opens; nothing if the payment is there."""
    if Payment.objects.filter(payment_intent=STRIPE_PAYMENT_INTENT).exists():
        return
    resource_id = RESOURCES["postgresql"]
    StripeCustomer.objects.create(user=buyer, stripe_customer_id=STRIPE_CUSTOMER)
    money = {"amount_cents": COURSE_PRICE_CENTS, "currency": settings.BILLING_CURRENCY}
    record = PaymentIntentRecord.objects.create(
        user=buyer,
        kind=IntentKind.PURCHASE,
        resource_id=resource_id,
        status=IntentStatus.COMPLETED,
        stripe_session_id=CHECKOUT_SESSION,
        stripe_customer_id=STRIPE_CUSTOMER,
        payment_intent=STRIPE_PAYMENT_INTENT,
        **money,
    )
    with the_next(Payment, PAYMENTS["course"]):
        payment = Payment.objects.create(
            user=buyer,
            resource_id=resource_id,
            provider_reference=STRIPE_PAYMENT_INTENT,
            payment_intent=STRIPE_PAYMENT_INTENT,
            status=PaymentStatus.COMPLETED,
            **money,
        )
    Purchase.objects.create(user=buyer, resource_id=resource_id, payment=payment, record=record)
