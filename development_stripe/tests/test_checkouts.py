"""What follows from checkout sessions, and which events, in which order."""

import stripe

from development_stripe.tests.sequences import FIRST_PAYMENT, RENEWAL
from development_stripe.tests.stack import ONCE, Refused, StripeTestCase

DAY = 86_400


class CheckoutTests(StripeTestCase):
    def test_a_paid_subscription_begins_incomplete_and_becomes_active(self) -> None:
        session = self.make_session(subscription_data={"metadata": {"user": "7"}})
        mark = self.mark()

        paid = self.control("pay", session=session.id, outcome="paid")

        events = self.all_events()[mark:]
        self.assertEqual([one.type for one in events], FIRST_PAYMENT)
        created, updated = events[0], events[9]
        self.assertEqual(created.data.object["status"], "incomplete")
        self.assertEqual(updated.data.object["status"], "active")
        self.assertEqual(updated.data.to_dict()["previous_attributes"], {"status": "incomplete"})
        self.assertEqual(created.data.object["metadata"].to_dict(), {"user": "7"})
        self.assertEqual((paid["status"], paid["payment_status"]), ("complete", "paid"))
        invoice = self.v1.invoices.retrieve(paid["invoice"])
        self.assertEqual(
            (invoice.amount_paid, invoice.billing_reason), (900, "subscription_create")
        )
        assert invoice.parent
        assert invoice.parent.subscription_details
        self.assertEqual(invoice.parent.subscription_details.subscription, paid["subscription"])
        payments = self.v1.invoice_payments.list({"invoice": invoice.id})
        self.assertEqual([one.status for one in payments], ["paid"])
        intent = str(payments.data[0].payment.payment_intent)
        found = self.v1.invoice_payments.list(
            {"payment": {"type": "payment_intent", "payment_intent": intent}}
        )
        self.assertEqual([one.id for one in found], [payments.data[0].id])

    def test_a_purchase_has_a_payment_intent_with_its_metadata(self) -> None:
        session = self.make_session(ONCE, payment_intent_data={"metadata": {"record": "r1"}})
        mark = self.mark()

        paid = self.control("pay", session=session.id)

        self.assertEqual(
            self.events_since(mark),
            [
                "payment_intent.created",
                "charge.succeeded",
                "payment_intent.succeeded",
                "checkout.session.completed",
            ],
        )
        intent = self.v1.payment_intents.retrieve(
            paid["payment_intent"], {"expand": ["latest_charge"]}
        )
        assert isinstance(intent.latest_charge, stripe.Charge)
        self.assertEqual((intent.amount, intent.currency), (1200, "jpy"))
        self.assertEqual(intent.latest_charge.metadata.to_dict(), {"record": "r1"})

    def test_a_declined_card_leaves_the_session_open(self) -> None:
        session = self.make_session()
        mark = self.mark()

        with self.assertRaises(Refused) as refused:
            self.control("pay", session=session.id, outcome="declined")

        self.assertEqual(
            (refused.exception.status, refused.exception.error["code"]), (402, "card_declined")
        )
        self.assertEqual(
            self.events_since(mark),
            ["payment_intent.created", "charge.failed", "payment_intent.payment_failed"],
        )
        self.assertEqual(self.v1.checkout.sessions.retrieve(session.id).status, "open")
        paid = self.control("pay", session=session.id)
        self.assertEqual(paid["payment_status"], "paid")

    def test_a_bank_debit_arrives_later(self) -> None:
        session = self.make_session(ONCE)

        waiting = self.control("pay", session=session.id, outcome="debit")
        mark = self.mark()
        settled = self.control("settle_debit", session=session.id)

        self.assertEqual((waiting["status"], waiting["payment_status"]), ("complete", "unpaid"))
        self.assertEqual(settled["payment_status"], "paid")
        self.assertEqual(
            self.events_since(mark),
            [
                "charge.succeeded",
                "payment_intent.succeeded",
                "checkout.session.async_payment_succeeded",
            ],
        )

    def test_a_bank_debit_that_fails_does_so_by_the_clock_too(self) -> None:
        session = self.make_session(ONCE)
        self.control("pay", session=session.id, outcome="debit_fails")
        mark = self.mark()

        self.control("advance", days=3)

        self.assertEqual(
            self.events_since(mark),
            [
                "charge.failed",
                "payment_intent.payment_failed",
                "checkout.session.async_payment_failed",
            ],
        )
        self.assertEqual(self.v1.checkout.sessions.retrieve(session.id).payment_status, "unpaid")

    def test_a_subscription_by_bank_debit_is_active_until_the_bank_refuses(self) -> None:
        session = self.make_session()
        paid = self.control("pay", session=session.id, outcome="debit_fails")
        before = self.v1.subscriptions.retrieve(paid["subscription"]).status
        mark = self.mark()

        self.control("settle_debit", session=session.id)

        self.assertEqual(before, "active")
        self.assertEqual(
            self.events_since(mark),
            [
                "charge.failed",
                "payment_intent.payment_failed",
                "invoice.payment_failed",
                "customer.updated",
                "customer.subscription.updated",
                "checkout.session.async_payment_failed",
            ],
        )
        self.assertEqual(self.v1.subscriptions.retrieve(paid["subscription"]).status, "past_due")

    def test_a_subscription_by_bank_debit_is_paid_when_the_money_arrives(self) -> None:
        session = self.make_session()
        self.control("pay", session=session.id, outcome="debit")
        mark = self.mark()

        self.control("settle_debit", session=session.id)

        self.assertEqual(
            self.events_since(mark),
            [
                "charge.succeeded",
                "payment_intent.succeeded",
                "invoice.paid",
                "invoice.payment_succeeded",
                "invoice_payment.paid",
                "checkout.session.async_payment_succeeded",
            ],
        )

    def test_a_session_expires_after_a_day_of_the_clock(self) -> None:
        session = self.make_session()
        mark = self.mark()

        self.control("advance", seconds=DAY - 60)
        early = self.events_since(mark)
        self.control("advance", seconds=120)

        self.assertEqual(early, [])
        events = self.all_events()[mark:]
        self.assertEqual([one.type for one in events], ["checkout.session.expired"])
        self.assertEqual(events[0].created, session.expires_at)

    def test_a_discount_of_all_needs_no_payment(self) -> None:
        coupon = self.v1.coupons.create({"percent_off": 100, "duration": "once"})
        session = self.make_session(discounts=[{"coupon": coupon.id}])
        mark = self.mark()

        paid = self.control("pay", session=session.id)

        self.assertEqual((paid["amount_total"], paid["payment_status"]), (0, "no_payment_required"))
        kinds = self.events_since(mark)
        self.assertIn("invoice.paid", kinds)
        self.assertNotIn("invoice_payment.paid", kinds)

    def test_a_promotion_code_can_be_typed_in(self) -> None:
        session = self.make_session(ONCE, allow_promotion_codes=True)

        paid = self.control("pay", session=session.id, outcome="no_payment_required")

        self.assertEqual(paid["payment_status"], "no_payment_required")
        self.assertIsNone(paid["payment_intent"])


class TrialTests(StripeTestCase):
    def test_a_trial_costs_nothing_warns_and_is_then_paid(self) -> None:
        session = self.make_session(subscription_data={"trial_period_days": 14})
        mark = self.mark()

        paid = self.control("pay", session=session.id)
        begun = self.events_since(mark)
        self.control("advance", days=12)
        mark_of_warning = mark + len(begun)
        warned = self.events_since(mark_of_warning)
        self.control("advance", days=3)

        self.assertEqual(paid["payment_status"], "no_payment_required")
        self.assertEqual(begun[0], "customer.subscription.created")
        self.assertNotIn("invoice_payment.paid", begun)
        self.assertEqual(warned, ["customer.subscription.trial_will_end"])
        self.assertEqual(self.events_since(mark_of_warning + 1), RENEWAL)
        self.assertEqual(self.v1.subscriptions.retrieve(paid["subscription"]).status, "active")

    def test_a_trial_without_a_card_can_end_in_a_pause_and_go_on_later(self) -> None:
        subscription = self.make_subscription(
            payment_method_collection="if_required",
            subscription_data={
                "trial_period_days": 1,
                "trial_settings": {"end_behavior": {"missing_payment_method": "pause"}},
            },
        )
        self.control("advance", days=2)
        paused = self.v1.subscriptions.retrieve(subscription.id).status
        mark = self.mark()

        resumed = self.v1.subscriptions.resume(subscription.id)

        self.assertEqual((subscription.status, paused), ("trialing", "paused"))
        self.assertEqual(resumed.status, "active")
        self.assertEqual(self.events_since(mark)[0], "customer.subscription.resumed")

    def test_a_trial_without_a_card_can_end_in_nothing(self) -> None:
        subscription = self.make_subscription(
            payment_method_collection="if_required",
            subscription_data={
                "trial_period_days": 1,
                "trial_settings": {"end_behavior": {"missing_payment_method": "cancel"}},
            },
        )

        self.control("advance", days=2)

        self.assertEqual(self.v1.subscriptions.retrieve(subscription.id).status, "canceled")
        self.assertEqual(self.events_since()[-1], "customer.subscription.deleted")
