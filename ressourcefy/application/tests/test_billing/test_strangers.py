"""Whose it is: what is not ours is taken and changes nothing, and nobody is known by an address."""

from typing import Any

from django.test import TestCase, override_settings

from application.services.stripe_service import API_RELEASE
from application.tests.billing import requested_syncs, rows, run_syncs, subscribe, told
from application.tests.shop import Delivery, ShopTestCase, deliver, ours
from monetization.models import (
    Payment,
    PaymentIntentRecord,
    StripeCustomer,
    Subscription,
)
from monetization.services.premium import has_premium
from monetization.types import IntentStatus, StripeStatus, WebhookStatus
from users.models import User
from users.tests.factories import make_user


class StrangerTestCase(ShopTestCase, TestCase):
    user: User
    deliveries: list[Delivery]

    def setUp(self) -> None:
        super().setUp()
        self.user = make_user()
        self.deliveries = self.shop.pay(subscribe(self.user).session_id)

    def told(self, event_type: str) -> dict[str, Any]:
        """What an event of the checkout is about."""
        return ours(self.deliveries, event_type)[0].object

    def assert_ignored(self, delivery: Delivery) -> None:
        """It is taken, and no row but its own is different."""
        before = rows(), told()

        processed = deliver([delivery])

        self.assertEqual(processed[0].status, WebhookStatus.IGNORED, delivery.type)
        self.assertEqual((rows(), told()), before)


class ForeignObjectTests(StrangerTestCase):
    def test_are_ignored(self) -> None:
        foreign = {"customer": "cus_of_another_shop", "metadata": {}}
        nobody = {"subscription_details": {"subscription": "sub_b", "metadata": {}}}
        charge = {"id": "ch_b", "object": "charge", "payment_intent": "pi_b"}
        for event_type, about in (
            ("checkout.session.completed", {"id": "cs_b"}),
            ("checkout.session.async_payment_succeeded", {"id": "cs_b"}),
            ("checkout.session.async_payment_failed", {"id": "cs_b"}),
            ("checkout.session.expired", {"id": "cs_b"}),
            ("customer.subscription.created", {"id": "sub_b"}),
            ("customer.subscription.deleted", {"id": "sub_b"}),
            ("customer.subscription.trial_will_end", {"id": "sub_b"}),
            ("invoice.paid", {"id": "in_b", "parent": nobody, "amount_paid": 900}),
            ("invoice.payment_failed", {"id": "in_b", "parent": nobody}),
            ("charge.refunded", charge | {"amount_refunded": 900}),
            ("refund.failed", {"id": "re_b", "payment_intent": "pi_b"}),
            ("customer.deleted", {"id": "cus_of_another_shop"}),
            ("product.created", {"id": "prod_b"}),
        ):
            with self.subTest(event_type):
                known = {
                    "checkout": self.told("checkout.session.completed"),
                    "customer": self.told("customer.subscription.created"),
                    "invoice": self.told("invoice.paid"),
                }.get(event_type.partition(".")[0], {})
                if event_type == "customer.deleted":
                    known = {}

                self.assert_ignored(self.shop.emit(event_type, {**known, **foreign, **about}))

    def test_with_our_ids_in_somebody_elses_words_are_ignored(self) -> None:
        record = PaymentIntentRecord.objects.get()
        session = self.told("checkout.session.completed") | {
            "id": "cs_of_a_payment_link",
            "customer": "cus_b",
            "client_reference_id": str(record.pk),
            "customer_details": {"email": self.user.email},
        }

        for metadata in ({}, {"app": "another", "record": str(record.pk)}, None):
            with self.subTest(metadata):
                self.assert_ignored(
                    self.shop.emit("checkout.session.completed", session | {"metadata": metadata})
                )

    def test_with_metadata_that_is_none_of_ours_fail_nothing(self) -> None:
        session = self.told("checkout.session.completed") | {"id": "cs_c", "customer": None}

        odd_ones: list[Any] = ["", "no uuid", 7, None, [], {"a": 1}]
        for odd in odd_ones:
            with self.subTest(odd):
                metadata = {"app": "ressourcefy", "record": odd, "user": odd}
                delivery = self.shop.emit(
                    "checkout.session.completed", session | {"metadata": metadata}
                )
                self.assert_ignored(delivery)

    def test_about_nothing_at_all_fail_nothing(self) -> None:
        for event_type in (
            "checkout.session.completed",
            "customer.subscription.updated",
            "invoice.paid",
            "invoice_payment.paid",
            "invoice.payment_failed",
            "invoice.payment_action_required",
            "charge.refunded",
            "refund.failed",
            "charge.dispute.created",
            "charge.dispute.closed",
            "customer.deleted",
        ):
            with self.subTest(event_type):
                self.assert_ignored(self.shop.emit(event_type, {"object": "odd"}))


class OwnerTests(StrangerTestCase):
    def test_of_a_checkout_is_known_by_its_record_before_the_session_is_kept(self) -> None:
        PaymentIntentRecord.objects.update(stripe_session_id=None)

        deliver(ours(self.deliveries, "checkout.session.completed"))

        record = PaymentIntentRecord.objects.get()
        self.assertEqual(record.status, IntentStatus.COMPLETED)
        self.assertTrue(record.stripe_session_id)

    def test_of_a_subscription_is_known_by_our_metadata_alone(self) -> None:
        StripeCustomer.objects.update(stripe_customer_id=None)

        deliver(ours(self.deliveries, "customer.subscription.updated"))

        self.assertEqual(Subscription.objects.get().user, self.user)

    def test_of_an_invoice_is_known_by_our_metadata_alone(self) -> None:
        StripeCustomer.objects.update(stripe_customer_id=None)

        deliver(ours(self.deliveries, "invoice.paid"))

        self.assertEqual(Payment.objects.get().user, self.user)

    def test_stays_who_it_was_although_the_customer_is_another_now(self) -> None:
        deliver(self.deliveries)
        StripeCustomer.objects.update(stripe_customer_id="cus_new")
        subscription = self.told("customer.subscription.created")["id"]

        self.shop.control("cancel", subscription=subscription)
        deliver(self.shop.take())

        self.assertEqual(Subscription.objects.get().stripe_status, StripeStatus.CANCELED)

    def test_whose_customer_is_deleted_gets_a_new_one_with_the_next_checkout(self) -> None:
        customer = StripeCustomer.objects.get().stripe_customer_id

        deliver([self.shop.emit("customer.deleted", {"id": customer, "object": "customer"})])
        self.assertIsNotNone(StripeCustomer.objects.get().closed_at)

        PaymentIntentRecord.objects.update(status=IntentStatus.EXPIRED)
        subscribe(self.user)
        renewed = StripeCustomer.objects.get()
        self.assertNotEqual(renewed.stripe_customer_id, customer)
        self.assertIsNone(renewed.closed_at)


class OtherWorldTests(StrangerTestCase):
    def test_of_the_other_mode_is_ignored_with_an_alarm(self) -> None:
        session = self.told("checkout.session.completed")

        with self.assertLogs("billing", "ERROR"):
            self.assert_ignored(
                self.shop.emit("checkout.session.completed", session, livemode=True)
            )

    @override_settings(STRIPE_IS_LIVE=True)
    def test_of_tests_is_ignored_with_a_live_key(self) -> None:
        with self.assertLogs("billing", "ERROR"):
            self.assert_ignored(ours(self.deliveries, "checkout.session.completed")[0])

    def test_of_another_release_is_asked_for_in_the_shape_that_we_read(self) -> None:
        for version in ("2024-06-20", "2025-03-31.basil", "2027-01-01.fern", None):
            with self.subTest(version), self.assertLogs("billing", "ERROR"):
                delivery = self.shop.emit(
                    "invoice.paid",
                    {"id": self.told("invoice.paid")["id"], "object": "invoice"},
                    api_version=version,
                )

                deliver([delivery])

                self.assertEqual(requested_syncs()[-1], ("delivery", delivery.id))
                self.assertFalse(Payment.objects.exists())

    def test_of_another_release_takes_effect_once_stripe_was_asked(self) -> None:
        with self.assertLogs("billing", "ERROR"):
            for delivery in self.deliveries:
                about = {name: delivery.object[name] for name in ("id", "object")}
                deliver([self.shop.emit(delivery.type, about, api_version="2027-01-01.fern")])
        self.assertFalse(has_premium(self.user))

        run_syncs()

        self.assertTrue(has_premium(self.user))
        self.assertEqual(Payment.objects.get().amount_cents, 900)
        self.assertIsNotNone(Payment.objects.get().payment_intent)
        self.assertEqual(PaymentIntentRecord.objects.get().status, IntentStatus.COMPLETED)

    def test_of_another_date_of_our_release_is_read(self) -> None:
        delivery = self.shop.emit(
            "invoice.paid", self.told("invoice.paid"), api_version=f"2027-02-01.{API_RELEASE}"
        )

        deliver([delivery])

        self.assertTrue(Payment.objects.exists())
