"""What follows for subscriptions as time passes or somebody changes them."""

from email.utils import parsedate_to_datetime
from typing import Any

import stripe

from development_stripe.tests.sequences import RENEWAL
from development_stripe.tests.stack import SMALL, YEARLY, Refused, StripeTestCase

DAY = 86_400


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
