"""Which events follow from what happens, and in which order."""

from email.utils import parsedate_to_datetime
from typing import Any

import stripe

from development_stripe.tests.stack import MONTHLY, ONCE, SMALL, YEARLY, Refused, StripeTestCase

DAY = 86_400
FIRST_PAYMENT = [
    "customer.subscription.created",
    "invoice.created",
    "invoice.finalized",
    "payment_intent.created",
    "charge.succeeded",
    "payment_intent.succeeded",
    "invoice.paid",
    "invoice.payment_succeeded",
    "invoice_payment.paid",
    "customer.subscription.updated",
    "checkout.session.completed",
]
RENEWAL = [
    "customer.subscription.updated",
    "invoice.created",
    "invoice.finalized",
    "payment_intent.created",
    "charge.succeeded",
    "payment_intent.succeeded",
    "invoice.paid",
    "invoice.payment_succeeded",
    "invoice_payment.paid",
]


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


class RenewalTests(StripeTestCase):
    def test_happen_at_the_end_of_the_period(self) -> None:
        subscription = self.make_subscription()
        end = subscription["items"].data[0].current_period_end
        mark = self.mark()

        self.control("advance", seconds=end - subscription.created + 60)

        events = self.all_events()[mark:]
        self.assertEqual([one.type for one in events], RENEWAL)
        self.assertEqual({one.created for one in events}, {end})
        self.assertEqual(events[6].data.object["billing_reason"], "subscription_cycle")
        self.assertEqual(events[0].data.object["latest_invoice"], events[6].data.object["id"])
        item = self.v1.subscriptions.retrieve(subscription.id)["items"].data[0]
        self.assertEqual(item.current_period_start, end)

    def test_can_be_had_at_once(self) -> None:
        subscription = self.make_subscription()
        end = subscription["items"].data[0].current_period_end
        mark = self.mark()

        renewed = self.control("renew", subscription=subscription.id)

        self.assertEqual(self.events_since(mark), RENEWAL)
        self.assertEqual(renewed["items"]["data"][0]["current_period_start"], end)

    def test_that_fail_leave_the_subscription_past_due(self) -> None:
        subscription = self.make_subscription()
        self.control("card", customer=subscription.customer, works=False)
        mark = self.mark()

        self.control("renew", subscription=subscription.id)

        self.assertEqual(
            self.events_since(mark),
            [
                "customer.subscription.updated",
                "invoice.created",
                "invoice.finalized",
                "payment_intent.created",
                "charge.failed",
                "payment_intent.payment_failed",
                "invoice.payment_failed",
                "customer.updated",
                "customer.subscription.updated",
            ],
        )
        now = self.v1.subscriptions.retrieve(subscription.id, {"expand": ["latest_invoice"]})
        assert isinstance(now.latest_invoice, stripe.Invoice)
        self.assertEqual((now.status, now.latest_invoice.attempt_count), ("past_due", 1))
        self.assertIsNotNone(now.latest_invoice.next_payment_attempt)
        self.assertIn("/invoice/", str(now.latest_invoice.hosted_invoice_url))

    def test_that_failed_recover_on_the_invoice_page(self) -> None:
        subscription = self.make_subscription()
        self.control("card", customer=subscription.customer, works=False)
        self.control("renew", subscription=subscription.id)
        now = self.v1.subscriptions.retrieve(subscription.id, {"expand": ["latest_invoice"]})
        assert isinstance(now.latest_invoice, stripe.Invoice)
        mark = self.mark()

        self.page(str(now.latest_invoice.hosted_invoice_url), {})

        self.assertEqual(
            self.events_since(mark),
            [
                "charge.succeeded",
                "payment_intent.succeeded",
                "customer.updated",
                "invoice.paid",
                "invoice.payment_succeeded",
                "invoice_payment.paid",
                "customer.subscription.updated",
            ],
        )
        self.assertEqual(self.v1.subscriptions.retrieve(subscription.id).status, "active")

    def test_that_fail_four_times_end_the_subscription(self) -> None:
        subscription = self.make_subscription()
        self.control("card", customer=subscription.customer, works=False)
        self.control("renew", subscription=subscription.id)
        mark = self.mark()

        self.control("advance", days=16)

        events = self.all_events()[mark:]
        failures = [one.data.object for one in events if one.type == "invoice.payment_failed"]
        self.assertEqual([one["attempt_count"] for one in failures], [2, 3, 4])
        self.assertIsNone(failures[-1]["next_payment_attempt"])
        self.assertEqual(events[-1].type, "customer.subscription.deleted")
        ended = self.v1.subscriptions.retrieve(subscription.id)
        assert ended.cancellation_details
        self.assertEqual(
            (ended.status, ended.cancellation_details.reason), ("canceled", "payment_failed")
        )

    def test_may_need_something_of_the_customer(self) -> None:
        subscription = self.make_subscription()
        self.control("card", customer=subscription.customer, needs_action=True)
        mark = self.mark()

        self.control("renew", subscription=subscription.id)

        kinds = self.events_since(mark)
        self.assertIn("payment_intent.requires_action", kinds)
        self.assertEqual(
            [one for one in kinds if one.startswith("invoice.payment_")],
            ["invoice.payment_failed", "invoice.payment_action_required"],
        )

    def test_set_the_time_of_the_api_s_answers(self) -> None:
        self.control("advance", days=40)

        response = self.make_customer().last_response

        assert response
        moment = parsedate_to_datetime(response.headers["date"]).timestamp()
        self.assertLess(abs(moment - self.shown("account")["now"]), 60)

    def test_follow_one_another_each_at_its_time(self) -> None:
        self.make_subscription()
        mark = self.mark()

        self.control("advance", days=95)

        paid = [one for one in self.all_events()[mark:] if one.type == "invoice.paid"]
        self.assertEqual(len(paid), 3)
        self.assertEqual(len({one.created for one in paid}), 3)


class EndTests(StripeTestCase):
    def test_scheduled_in_the_portal_is_a_date_and_comes_with_it(self) -> None:
        subscription = self.make_subscription()
        end = subscription["items"].data[0].current_period_end
        mark = self.mark()

        scheduled = self.control("cancel_at_period_end", subscription=subscription.id)
        self.control("advance", days=32)

        self.assertEqual((scheduled["cancel_at"], scheduled["cancel_at_period_end"]), (end, False))
        events = self.all_events()[mark:]
        self.assertEqual(
            [one.type for one in events],
            ["customer.subscription.updated", "customer.subscription.deleted"],
        )
        self.assertEqual(events[1].data.object["ended_at"], end)

    def test_asked_for_by_the_api_says_so_and_can_be_taken_back(self) -> None:
        subscription = self.make_subscription()

        scheduled = self.v1.subscriptions.update(subscription.id, {"cancel_at_period_end": True})
        kept = self.v1.subscriptions.update(subscription.id, {"cancel_at_period_end": False})

        self.assertEqual(
            (scheduled.cancel_at_period_end, scheduled.cancel_at),
            (True, subscription["items"].data[0].current_period_end),
        )
        self.assertEqual((kept.cancel_at_period_end, kept.cancel_at), (False, None))

    def test_at_once(self) -> None:
        subscription = self.make_subscription()
        mark = self.mark()

        ended = self.v1.subscriptions.cancel(subscription.id)

        self.assertEqual((ended.status, ended.ended_at is None), ("canceled", False))
        self.assertEqual(self.events_since(mark), ["customer.subscription.deleted"])
        self.assertEqual(
            self.refusal(lambda: self.v1.subscriptions.cancel(subscription.id)).code,
            "resource_missing",
        )

    def test_comes_with_the_customer_s_deletion(self) -> None:
        subscription = self.make_subscription()
        mark = self.mark()

        self.v1.customers.delete(str(subscription.customer))

        self.assertEqual(
            self.events_since(mark), ["customer.subscription.deleted", "customer.deleted"]
        )
        self.assertTrue(self.v1.customers.retrieve(str(subscription.customer)).deleted)

    def test_leaves_nothing_to_pay_after_the_customer_s_deletion(self) -> None:
        session = self.make_session()
        self.v1.customers.delete(str(session.customer))

        with self.assertRaises(Refused) as refused:
            self.control("pay", session=session.id)

        self.assertEqual(refused.exception.error["code"], "resource_missing")


class PlanChangeTests(StripeTestCase):
    def test_to_another_rhythm_is_paid_at_once(self) -> None:
        subscription = self.make_subscription()
        item = subscription["items"].data[0]
        mark = self.mark()

        changed = self.v1.subscriptions.update(
            subscription.id, {"items": [{"id": item.id, "price": YEARLY}]}
        )

        self.assertEqual(changed["items"].data[0].price.id, YEARLY)
        self.assertEqual(
            self.events_since(mark)[:2], ["customer.subscription.updated", "invoice.created"]
        )
        invoice = self.v1.invoices.retrieve(str(changed.latest_invoice))
        self.assertEqual(invoice.billing_reason, "subscription_update")
        # The month has only begun: nearly all of it is credited.
        self.assertIn(invoice.amount_paid, range(8100, 8103))

    def test_to_a_cheaper_plan_is_credited_at_the_next_renewal(self) -> None:
        subscription = self.make_subscription()
        item = subscription["items"].data[0]
        mark = self.mark()

        self.v1.subscriptions.update(subscription.id, {"items": [{"id": item.id, "price": SMALL}]})
        kinds = self.events_since(mark)
        self.control("renew", subscription=subscription.id)

        self.assertEqual(kinds, ["customer.subscription.updated"])
        invoice = self.v1.invoices.list({"subscription": subscription.id}).data[0]
        self.assertIn(invoice.amount_paid, range(99, 103))
        self.assertEqual(len(invoice.lines.data), 3)

    def test_to_a_cheaper_plan_at_once_leaves_a_credit_that_pays_later(self) -> None:
        subscription = self.make_subscription()
        customer = str(subscription.customer)

        self.control("change_plan", subscription=subscription.id, price=SMALL)
        credit = self.v1.customers.retrieve(customer).balance
        self.control("renew", subscription=subscription.id)

        assert credit is not None
        self.assertIn(credit, range(-401, -398))
        invoice = self.v1.invoices.list({"subscription": subscription.id}).data[0]
        self.assertEqual(invoice.amount_paid, 500 + credit)
        self.assertEqual(self.v1.customers.retrieve(customer).balance, 0)

    def test_without_prorations_costs_nothing_now(self) -> None:
        subscription = self.make_subscription()
        item = subscription["items"].data[0]
        mark = self.mark()

        self.v1.subscriptions.update(
            subscription.id,
            {"items": [{"id": item.id, "price": SMALL}], "proration_behavior": "none"},
        )

        self.assertEqual(self.events_since(mark), ["customer.subscription.updated"])

    def test_a_pause_of_collection_makes_invoices_void(self) -> None:
        subscription = self.make_subscription()

        self.v1.subscriptions.update(subscription.id, {"pause_collection": {"behavior": "void"}})
        self.control("renew", subscription=subscription.id)
        resumed = self.v1.subscriptions.update(subscription.id, {"pause_collection": ""})

        invoice = self.v1.invoices.list({"subscription": subscription.id}).data[0]
        self.assertEqual((invoice.status, resumed.pause_collection), ("void", None))

    def test_a_pause_of_collection_can_leave_drafts_too(self) -> None:
        subscription = self.make_subscription()
        for behavior, status in (
            ("keep_as_draft", "draft"),
            ("mark_uncollectible", "uncollectible"),
        ):
            with self.subTest(behavior=behavior):
                pause: Any = {"pause_collection": {"behavior": behavior}}

                self.v1.subscriptions.update(subscription.id, pause)
                self.control("renew", subscription=subscription.id)

                invoice = self.v1.invoices.list({"subscription": subscription.id}).data[0]
                self.assertEqual(invoice.status, status)

    def test_a_pause_of_collection_can_have_an_end(self) -> None:
        subscription = self.make_subscription()
        pause: Any = {"behavior": "void", "resumes_at": subscription.created + 40 * DAY}
        self.v1.subscriptions.update(subscription.id, {"pause_collection": pause})

        self.control("advance", days=65)

        statuses = [one.status for one in self.v1.invoices.list({"subscription": subscription.id})]
        self.assertEqual(statuses, ["paid", "void", "paid"])


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
