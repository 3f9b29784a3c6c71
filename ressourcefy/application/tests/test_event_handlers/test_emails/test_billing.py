"""Mails about money: what each says, and when it has lost its reason."""

from datetime import timedelta
from typing import Any

from django.core import mail
from django.test import TestCase, override_settings
from django.utils import timezone, translation

from application.dto.events import AggregateType, EventType
from application.services.billing_letters import money
from application.tests.test_event_handlers.test_emails.mails import html_of
from core.outbox import emit_event, process_outbox
from monetization.models import PaymentIntentRecord, Subscription
from monetization.tests.factories import make_payment
from monetization.types import IntentKind, PaymentStatus, SubscriptionSource
from resources.tests.factories import make_resource
from users.tests.factories import make_user

INVOICE_PAGE = "https://invoice.stripe.com/i/acct_1/test_1"
BILLING_PAGE = "https://app.example.com/billing"


@override_settings(WEB_LINKS={"billing": BILLING_PAGE})
class BillingMailTests(TestCase):
    def setUp(self) -> None:
        self.user = make_user()

    def send(self, event_type: EventType, **payload: Any) -> Any:
        """The mail that follows; None if none does."""
        mail.outbox.clear()
        emit_event(
            AggregateType.SUBSCRIPTION,
            self.user.pk,
            event_type,
            {"user_id": str(self.user.pk), **payload},
        )
        process_outbox(10)
        self.assertLessEqual(len(mail.outbox), 1)
        return mail.outbox[0] if mail.outbox else None

    def make_subscription(self, **fields: Any) -> Subscription:
        return Subscription.objects.create(
            user=self.user, source=SubscriptionSource.STRIPE, stripe_status="active", **fields
        )

    def about(self, event_type: EventType, row: Subscription, **payload: Any) -> Any:
        return self.send(event_type, subscription_id=str(row.pk), **payload)

    def test_welcomes_to_premium_while_it_runs(self) -> None:
        row = self.make_subscription()

        sent = self.about(EventType.BILLING_SUBSCRIPTION_ACTIVATED, row)

        self.assertEqual(sent.to, [self.user.email])
        self.assertIn("Premium", sent.subject)
        self.assertIn(BILLING_PAGE, sent.body)
        Subscription.objects.update(ended_at=timezone.now())
        self.assertIsNone(self.about(EventType.BILLING_SUBSCRIPTION_ACTIVATED, row))

    def test_sends_a_receipt_with_amount_and_page(self) -> None:
        resource = make_resource(title="<b>Physics</b>")
        payment = make_payment(
            self.user,
            amount_cents=1_250,
            currency="EUR",
            resource=resource,
            receipt_url="https://pay.stripe.com/receipts/1",
        )

        sent = self.send(EventType.BILLING_PAYMENT_COMPLETED, payment_id=str(payment.pk))

        self.assertIn("€12.50", sent.body)
        self.assertIn("<b>Physics</b>", sent.body)
        self.assertIn("&lt;b&gt;Physics&lt;/b&gt;", html_of(sent))
        self.assertIn("https://pay.stripe.com/receipts/1", sent.body)

    def test_asks_for_an_unpaid_invoice_until_it_is_paid(self) -> None:
        row = self.make_subscription(
            failed_invoice="in_1",
            hosted_invoice_url=INVOICE_PAGE,
            next_payment_attempt_at=timezone.now() + timedelta(days=3),
        )
        for event_type in (
            EventType.BILLING_PAYMENT_FAILED,
            EventType.BILLING_PAYMENT_ACTION_REQUIRED,
        ):
            with self.subTest(event_type=event_type):
                sent = self.about(event_type, row, invoice="in_1")

                self.assertIn(INVOICE_PAGE, sent.body)
                self.assertIsNone(self.about(event_type, row, invoice="in_0"))

    def test_says_that_a_bank_debit_came_back(self) -> None:
        record = PaymentIntentRecord.objects.create(
            user=self.user,
            kind=IntentKind.PURCHASE,
            resource=make_resource(price_cents=500),
            amount_cents=500,
            currency="JPY",
        )

        sent = self.send(EventType.BILLING_PAYMENT_FAILED, record_id=str(record.pk))

        self.assertIn("¥500", sent.body)
        self.assertIn(BILLING_PAGE, sent.body)

    def test_confirms_a_cancellation_unless_it_is_undone_or_over(self) -> None:
        row = self.make_subscription(cancel_at=timezone.now() + timedelta(days=9))

        sent = self.about(EventType.BILLING_CANCEL_SCHEDULED, row)

        self.assertIn("canceled", sent.body)
        for change in ({"cancel_at": None}, {"ended_at": timezone.now()}):
            Subscription.objects.filter(pk=row.pk).update(**change)
            self.assertIsNone(self.about(EventType.BILLING_CANCEL_SCHEDULED, row))

    def test_says_that_premium_has_closed(self) -> None:
        row = self.make_subscription()
        self.assertIsNone(self.about(EventType.BILLING_SUBSCRIPTION_CANCELED, row))
        Subscription.objects.update(ended_at=timezone.now())

        sent = self.about(EventType.BILLING_SUBSCRIPTION_CANCELED, row)

        self.assertIn("nothing more will be charged", sent.body)

    def test_says_how_much_went_back_this_time(self) -> None:
        payment = make_payment(self.user, amount_refunded=700)
        cases = (
            (PaymentStatus.COMPLETED, 500, 700, "$2.00", "The rest of the payment stands."),
            (PaymentStatus.REFUNDED, 0, 900, "$9.00", "The payment is refunded in full."),
        )
        for status, before, after, amount, sentence in cases:
            with self.subTest(status=status):
                type(payment).objects.filter(pk=payment.pk).update(status=status)

                sent = self.send(
                    EventType.BILLING_PAYMENT_REFUNDED,
                    payment_id=str(payment.pk),
                    refunded_before=before,
                    amount_refunded=after,
                )

                self.assertIn(amount, sent.body)
                self.assertIn(sentence, sent.body)

    def test_announces_the_end_of_a_trial_unless_all_ends_with_it(self) -> None:
        row = self.make_subscription(trial_end=timezone.now() + timedelta(days=3))

        self.assertIsNotNone(self.about(EventType.BILLING_TRIAL_ENDING, row))

        Subscription.objects.update(cancel_at=timezone.now() + timedelta(days=3))
        self.assertIsNone(self.about(EventType.BILLING_TRIAL_ENDING, row))

    def test_writes_nothing_to_an_account_that_is_shut(self) -> None:
        row = self.make_subscription(
            failed_invoice="in_1",
            cancel_at=timezone.now(),
            trial_end=timezone.now(),
        )
        payment = make_payment(self.user)
        type(self.user).objects.filter(pk=self.user.pk).update(is_active=False)
        for event_type in (
            EventType.BILLING_SUBSCRIPTION_ACTIVATED,
            EventType.BILLING_PAYMENT_COMPLETED,
            EventType.BILLING_PAYMENT_FAILED,
            EventType.BILLING_PAYMENT_ACTION_REQUIRED,
            EventType.BILLING_CANCEL_SCHEDULED,
            EventType.BILLING_SUBSCRIPTION_CANCELED,
            EventType.BILLING_PAYMENT_REFUNDED,
            EventType.BILLING_TRIAL_ENDING,
        ):
            with self.subTest(event_type=event_type):
                sent = self.about(
                    event_type,
                    row,
                    payment_id=str(payment.pk),
                    invoice="in_1",
                    amount_refunded=1,
                    refunded_before=0,
                )

                self.assertIsNone(sent)


class MoneyTests(TestCase):
    def test_has_the_decimals_of_its_currency_in_the_readers_language(self) -> None:
        with translation.override("en"):
            self.assertEqual([money(900, "USD"), money(900, "JPY")], ["$9.00", "¥900"])
            self.assertEqual(money(1_234, "KWD"), "KWD1.234")
        with translation.override("fr"):
            self.assertEqual(money(900, "EUR"), "9,00\xa0€")
