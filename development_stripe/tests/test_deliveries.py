"""Events on their way to the webhook endpoint."""

import json

import stripe

from development_stripe.tests.stack import SECRET, Refused, StripeTestCase, wait_until


class DeliveryTests(StripeTestCase):
    def test_are_signed(self) -> None:
        receiver = self.make_receiver()

        customer = self.make_customer()

        self.assertTrue(self.control("wait")["idle"])
        body, signature = receiver.received[0]
        event = stripe.Webhook.construct_event(body.decode(), signature, SECRET)
        self.assertEqual((event.type, event.data.object["id"]), ("customer.created", customer.id))
        self.assertEqual((event.api_version, event.livemode), (stripe.api_version, False))

    def test_are_repeated_until_they_are_answered_with_2xx(self) -> None:
        receiver = self.make_receiver()
        receiver.statuses = [500, 302]

        self.make_customer()
        wait_until(lambda: len(receiver.received) == 3, "the third try")
        self.control("wait")

        self.assertEqual({body for body, _signature in receiver.received}.__len__(), 1)
        event = self.v1.events.list().data[0]
        self.assertEqual(event.pending_webhooks, 0)
        self.assertEqual(len(self.v1.events.list({"delivery_success": False}).data), 0)

    def test_wait_while_nobody_listens(self) -> None:
        self.control("endpoint", url="http://127.0.0.1:9/hook", secret=SECRET)

        self.make_customer()
        wait_until(lambda: self.shown("deliveries")["data"][0]["tries"] > 0, "the first try")

        self.assertEqual(len(self.v1.events.list({"delivery_success": False}).data), 1)
        self.assertEqual(self.v1.events.list().data[0].pending_webhooks, 1)
        receiver = self.make_receiver()
        wait_until(lambda: bool(receiver.received), "the endpoint is asked at its new address")

    def test_are_only_of_the_types_that_were_asked_for(self) -> None:
        receiver = self.make_receiver(enabled_events=["charge.succeeded"])

        self.make_charge()

        self.control("wait")
        self.assertEqual(receiver.types(), ["charge.succeeded"])

    def test_without_an_endpoint_there_are_none(self) -> None:
        self.make_customer()

        self.assertEqual(self.shown("deliveries")["data"], [])
        self.assertEqual(self.v1.events.list().data[0].pending_webhooks, 0)

    def test_can_be_held_and_then_delivered_shuffled(self) -> None:
        receiver = self.make_receiver()
        self.control("hold", on=True)
        self.make_subscription()
        held = list(receiver.received)

        first = self.control("shuffle", seed=1)

        self.assertEqual(held, [])
        self.assertEqual(receiver.types(), first["types"])
        self.assertEqual(set(first["states"]), {"delivered"})
        self.assertNotEqual(first["types"], self.events_since())
        self.assertEqual(sorted(first["types"]), sorted(self.events_since()))

    def test_can_be_delivered_one_by_one_in_a_chosen_order(self) -> None:
        receiver = self.make_receiver()
        self.control("hold", on=True)
        self.make_charge()
        waiting = self.shown("deliveries")["data"]

        self.control("flush", deliveries=[one["id"] for one in reversed(waiting)])

        self.assertEqual(receiver.types(), [one["type"] for one in reversed(waiting)])

    def test_go_on_when_they_are_no_longer_held(self) -> None:
        receiver = self.make_receiver()
        self.control("hold", on=True)
        self.make_customer()

        self.control("hold", on=False)

        self.control("wait")
        self.assertEqual(receiver.types(), ["customer.created"])

    def test_can_be_taken_by_hand(self) -> None:
        self.control("endpoint", url="http://127.0.0.1:9/hook", secret=SECRET)
        self.control("hold", on=True)
        self.make_customer()

        taken = self.control("take")["data"]

        stripe.WebhookSignature.verify_header(taken[0]["body"], taken[0]["signature"], SECRET, 300)
        self.assertEqual(json.loads(taken[0]["body"])["type"], "customer.created")
        self.assertEqual(self.control("take")["data"], [])
        self.assertEqual(self.v1.events.list().data[0].pending_webhooks, 0)

    def test_can_get_lost(self) -> None:
        receiver = self.make_receiver()
        self.control("drop", count=1)

        self.make_customer()
        self.make_customer()

        self.control("wait")
        self.assertEqual(len(receiver.received), 1)
        lost = self.v1.events.list({"delivery_success": False}).data
        self.assertEqual(len(lost), 1)
        self.control("resend", event=lost[0].id)
        self.control("wait")
        self.assertEqual(len(receiver.received), 2)
        self.assertEqual(len(self.v1.events.list({"delivery_success": False}).data), 0)

    def test_can_be_doubled(self) -> None:
        receiver = self.make_receiver()
        self.make_customer()
        event = self.v1.events.list().data[0]

        self.control("duplicate", event=event.id, times=20)

        self.control("wait")
        self.assertEqual(len(receiver.received), 21)
        self.assertEqual(len({body for body, _signature in receiver.received}), 1)

    def test_end_with_a_reset_and_the_endpoint_stays(self) -> None:
        receiver = self.make_receiver()
        self.make_customer()
        self.control("wait")

        self.control("reset")
        self.make_customer()

        self.control("wait")
        self.assertEqual(len(receiver.received), 2)
        self.assertEqual(len(self.v1.customers.list().data), 1)

    def test_unknown_control_calls_are_refused(self) -> None:
        with self.assertRaises(Refused) as refused:
            self.control("explode")

        self.assertEqual(refused.exception.status, 404)
