"""Refunds, disputes, and events made by hand."""

from development_stripe.tests.stack import MONTHLY, Refused, StripeTestCase


class RefundTests(StripeTestCase):
    def test_in_parts_and_then_the_rest(self) -> None:
        charge = self.make_charge()
        mark = self.mark()

        first = self.v1.refunds.create({"charge": charge.id, "amount": 200})
        events = self.events_since(mark)
        partly = self.v1.charges.retrieve(charge.id)
        self.v1.refunds.create({"payment_intent": str(charge.payment_intent)})
        wholly = self.v1.charges.retrieve(charge.id)

        self.assertEqual(events, ["charge.refunded", "refund.created", "refund.updated"])
        self.assertEqual((first.amount, first.currency, first.status), (200, "jpy", "succeeded"))
        self.assertEqual((partly.amount_refunded, partly.refunded), (200, False))
        self.assertEqual((wholly.amount_refunded, wholly.refunded), (1200, True))
        again = self.refusal(lambda: self.v1.refunds.create({"charge": charge.id}))
        self.assertEqual(again.code, "charge_already_refunded")

    def test_that_fail_lower_the_sum_again(self) -> None:
        charge = self.make_charge()
        made = self.v1.refunds.create({"charge": charge.id})
        mark = self.mark()

        self.control("fail_refund", refund=made.id)

        self.assertEqual(self.events_since(mark), ["refund.failed", "refund.updated"])
        now = self.v1.charges.retrieve(charge.id)
        self.assertEqual((now.amount_refunded, now.refunded), (0, False))
        self.assertEqual(self.v1.refunds.retrieve(made.id).status, "failed")

    def test_of_a_payment_under_a_given_id(self) -> None:
        mark = self.mark()
        given = {
            "payment_intent": "pi_given",
            "customer": "cus_given",
            "email": "payer@example.com",
            "amount": 700,
            "currency": "EUR",
        }

        self.control("payment", **given)
        self.control("payment", **given | {"amount": 900})

        self.assertEqual(self.events_since(mark), [])
        self.assertEqual(self.v1.customers.retrieve("cus_given").email, "payer@example.com")
        intent = self.v1.payment_intents.retrieve("pi_given")
        self.assertEqual((intent.amount, intent.currency, intent.status), (700, "eur", "succeeded"))
        made = self.v1.refunds.create({"payment_intent": "pi_given", "amount": 100})
        self.assertEqual((made.status, made.charge), ("succeeded", intent.latest_charge))

    def test_refuse_more_than_was_paid(self) -> None:
        charge = self.make_charge()

        refusal = self.refusal(
            lambda: self.v1.refunds.create({"charge": charge.id, "amount": 1201})
        )

        self.assertIn("greater than unrefunded amount", str(refusal))
        self.assertEqual(self.v1.charges.retrieve(charge.id).amount_refunded, 0)


class DisputeTests(StripeTestCase):
    def test_opened_answered_and_won(self) -> None:
        charge = self.make_charge()
        mark = self.mark()

        dispute = self.control("dispute", charge=charge.id)
        disputed = self.v1.charges.retrieve(charge.id).disputed
        self.control("answer_dispute", dispute=dispute["id"])
        self.control("close_dispute", dispute=dispute["id"], outcome="won")

        self.assertTrue(disputed)
        self.assertEqual(
            self.events_since(mark),
            [
                "charge.dispute.created",
                "charge.dispute.funds_withdrawn",
                "charge.dispute.updated",
                "charge.dispute.closed",
                "charge.dispute.funds_reinstated",
            ],
        )
        self.assertEqual(self.v1.disputes.retrieve(dispute["id"]).status, "won")
        self.assertFalse(self.v1.charges.retrieve(charge.id).disputed)

    def test_lost(self) -> None:
        dispute = self.control("dispute", charge=self.make_charge().id)

        closed = self.control("close_dispute", dispute=dispute["id"], outcome="lost")

        self.assertEqual(closed["status"], "lost")
        self.assertEqual(self.events_since()[-1], "charge.dispute.closed")

    def test_an_inquiry_is_only_a_warning(self) -> None:
        charge = self.make_charge()

        dispute = self.control("dispute", charge=charge.id, inquiry=True)
        closed = self.control("close_dispute", dispute=dispute["id"], outcome="warning_closed")

        self.assertEqual(dispute["status"], "warning_needs_response")
        self.assertEqual(closed["status"], "warning_closed")
        self.assertFalse(self.v1.charges.retrieve(charge.id).disputed)

    def test_a_closed_one_stays_closed(self) -> None:
        dispute = self.control("dispute", charge=self.make_charge().id)
        self.control("close_dispute", dispute=dispute["id"], outcome="lost")

        with self.assertRaises(Refused):
            self.control("close_dispute", dispute=dispute["id"], outcome="won")


class StatusTests(StripeTestCase):
    def test_any_status_can_be_had_for_a_test(self) -> None:
        subscription = self.make_subscription(MONTHLY)
        mark = self.mark()

        self.control("status", subscription=subscription.id, status="unpaid")

        self.assertEqual(self.events_since(mark), ["customer.subscription.updated"])
        self.assertEqual(self.v1.subscriptions.retrieve(subscription.id).status, "unpaid")

    def test_an_event_about_anything_can_be_sent(self) -> None:
        event = self.control(
            "emit", type="payout.paid", object={"id": "po_1", "object": "payout"}, livemode=True
        )

        found = self.v1.events.retrieve(event["id"])
        self.assertEqual((found.type, found.livemode), ("payout.paid", True))
