"""From a checkout to premium."""

from django.test import TestCase

from application.dto.commands import CreateCheckoutSessionCommand
from application.tests.shop import ShopTestCase, deliver
from application.use_cases.create_checkout_session import CreateCheckoutSession
from core.models import OutboxEvent
from monetization.models import Payment, PaymentIntentRecord, Subscription
from monetization.services.premium import has_premium
from monetization.types import IntentStatus
from users.tests.factories import make_user


class FirstSubscriptionTests(ShopTestCase, TestCase):
    def test_opens_premium_when_its_payment_is_told(self) -> None:
        user = make_user()
        session = CreateCheckoutSession().execute(
            CreateCheckoutSessionCommand(user=user, plan="premium-monthly")
        )

        deliver(self.shop.pay(session.session_id))

        self.assertTrue(has_premium(user))
        self.assertEqual(PaymentIntentRecord.objects.get().status, IntentStatus.COMPLETED)
        payment, subscription = Payment.objects.get(), Subscription.objects.get()
        self.assertEqual((payment.amount_cents, payment.currency), (900, "EUR"))
        self.assertEqual(payment.subscription, subscription)
        self.assertEqual(
            set(OutboxEvent.objects.values_list("event_type", flat=True)),
            {
                "billing.checkout_started",
                "billing.checkout_completed",
                "billing.payment_completed",
                "billing.subscription_activated",
            },
        )
