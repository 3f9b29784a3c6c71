"""Beginning to pay: recorded first, one session for one wish, whatever happens in between."""

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.test import TestCase
from django.utils import timezone

from application.dto.commands import CreateCheckoutSessionCommand
from application.exceptions import (
    AlreadySubscribed,
    NotForSale,
    PaymentPending,
    PaymentsUnavailable,
)
from application.services.stripe_service import OpenedSession, StripeService
from application.tests.shop import ShopTestCase, deliver, ours
from application.use_cases.create_checkout_session import CreateCheckoutSession
from audit.models import AuditLog
from core.models import OutboxEvent
from monetization.models import PaymentIntentRecord, StripeCustomer, Subscription
from monetization.types import IntentStatus, StripeStatus
from resources.tests.factories import make_resource
from users.models import User
from users.tests.factories import make_user


class Killed(BaseException):
    """What ends a process."""


class DiesBeforeAsking(StripeService):
    """The process ends when the record is committed and Stripe has not been asked."""

    def create_checkout_session(self, parameters: Any, *, key: str) -> OpenedSession:
        raise Killed


class DiesAfterAsking(StripeService):
    """The process ends when Stripe has answered and nobody has kept the answer."""

    def create_checkout_session(self, parameters: Any, *, key: str) -> OpenedSession:
        super().create_checkout_session(parameters, key=key)
        raise Killed


class CheckoutCase(ShopTestCase, TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.user = make_user()

    def check_out(
        self, plan: str = "premium-monthly", *, user: User | None = None, **fields: Any
    ) -> str:
        """The session of a checkout."""
        command = CreateCheckoutSessionCommand(
            user=user or self.user, plan="" if fields else plan, **fields
        )
        return CreateCheckoutSession().execute(command).session_id

    def sessions(self) -> list[dict[str, Any]]:
        """All sessions at Stripe, the newest first."""
        found: list[dict[str, Any]] = self.shop.get("/v1/checkout/sessions")["data"]
        return found


class RecordTests(CheckoutCase):
    def test_is_there_before_stripe_hears_of_it(self) -> None:
        self.shop.control("fault", kind="status", times=99)

        with self.assertRaises(PaymentsUnavailable):
            self.check_out()

        record = PaymentIntentRecord.objects.get()
        self.assertEqual((record.status, record.stripe_session_id), (IntentStatus.CREATED, None))
        self.assertEqual(self.sessions_after_the_trouble(), [])

    def sessions_after_the_trouble(self) -> list[dict[str, Any]]:
        self.shop.control("fault", clear=True)
        return self.sessions()

    def test_is_taken_up_again_when_stripe_is_back(self) -> None:
        self.shop.control("fault", kind="status", times=99)
        with self.assertRaises(PaymentsUnavailable):
            self.check_out()
        self.shop.control("fault", clear=True)

        session_id = self.check_out()

        record = PaymentIntentRecord.objects.get()
        self.assertEqual(record.stripe_session_id, session_id)
        (session,) = self.sessions()
        self.assertEqual(session["client_reference_id"], str(record.pk))

    def test_is_taken_up_again_by_whoever_comes_after_a_killed_process(self) -> None:
        for payments in (DiesBeforeAsking, DiesAfterAsking):
            user = make_user()
            command = CreateCheckoutSessionCommand(user=user, plan="premium-monthly")
            with self.subTest(payments.__name__):
                with self.assertRaises(Killed):
                    CreateCheckoutSession(payments=payments).execute(command)

                session_id = CreateCheckoutSession().execute(command).session_id

                record = PaymentIntentRecord.objects.get(user=user)
                self.assertEqual(record.stripe_session_id, session_id)
                customer = user.stripe_customer.stripe_customer_id
                self.assertEqual([s["customer"] for s in self.sessions()].count(customer), 1)

    def test_is_taken_up_again_when_an_answer_got_lost(self) -> None:
        self.shop.control(
            "fault", kind="reset", when="after", times=2, path_prefix="/v1/checkout/sessions"
        )
        with self.assertRaises(PaymentsUnavailable):
            self.check_out()

        self.check_out()

        self.assertEqual((len(self.sessions()), PaymentIntentRecord.objects.count()), (1, 1))

    def test_is_written_down_once(self) -> None:
        first, second = self.check_out(), self.check_out()

        self.assertEqual(first, second)
        record = PaymentIntentRecord.objects.get()
        self.assertEqual(AuditLog.objects.filter(object_id=str(record.pk)).count(), 1)
        self.assertEqual(
            OutboxEvent.objects.filter(event_type="billing.checkout_started").count(), 1
        )

    def test_gives_way_to_a_new_one_before_stripe_forgets_its_key(self) -> None:
        self.shop.control("fault", kind="status", times=99)
        with self.assertRaises(PaymentsUnavailable):
            self.check_out()
        self.shop.control("fault", clear=True)
        PaymentIntentRecord.objects.update(created_at=timezone.now() - timedelta(hours=24))

        self.check_out()

        self.assertEqual(PaymentIntentRecord.objects.count(), 2)

    def test_gives_way_to_a_new_one_when_its_session_has_expired(self) -> None:
        first = self.check_out()
        PaymentIntentRecord.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

        self.assertNotEqual(self.check_out(), first)

    def test_keeps_what_a_delivery_said_before_the_answer_came(self) -> None:
        case = self

        class PaidAtOnce(StripeService):
            def create_checkout_session(self, parameters: Any, *, key: str) -> OpenedSession:
                session = super().create_checkout_session(parameters, key=key)
                deliver(case.shop.pay(session.session_id))
                return session

        command = CreateCheckoutSessionCommand(user=self.user, plan="premium-monthly")

        session = CreateCheckoutSession(payments=PaidAtOnce).execute(command)

        record = PaymentIntentRecord.objects.get()
        self.assertEqual(
            (record.status, record.stripe_session_id, record.url),
            (IntentStatus.COMPLETED, session.session_id, session.url),
        )

    def test_is_nobody_elses(self) -> None:
        self.assertNotEqual(self.check_out(), self.check_out(user=make_user()))


class AnotherPlanTests(CheckoutCase):
    def test_closes_the_checkout_of_the_first(self) -> None:
        first = self.check_out()

        second = self.check_out("premium-yearly")

        states = {session["id"]: session["status"] for session in self.sessions()}
        self.assertEqual(states, {first: "expired", second: "open"})
        statuses = PaymentIntentRecord.objects.order_by("pk").values_list("status", flat=True)
        self.assertEqual(list(statuses), [IntentStatus.EXPIRED, IntentStatus.CREATED])

    def test_and_back_again_is_a_third_checkout(self) -> None:
        first = self.check_out()
        self.check_out("premium-yearly")

        third = self.check_out()

        self.assertNotEqual(first, third)
        self.assertEqual([s["status"] for s in self.sessions()], ["open", "expired", "expired"])

    def test_waits_where_the_first_was_paid_a_moment_ago(self) -> None:
        deliveries = self.shop.pay(self.check_out())

        with self.assertRaises(PaymentPending):
            self.check_out("premium-yearly")
        deliver(deliveries)
        with self.assertRaises(AlreadySubscribed):
            self.check_out("premium-yearly")

    def test_closes_what_stripe_made_and_we_have_not_heard_of(self) -> None:
        command = CreateCheckoutSessionCommand(user=self.user, plan="premium-monthly")
        with self.assertRaises(Killed):
            CreateCheckoutSession(payments=DiesAfterAsking).execute(command)

        self.check_out("premium-yearly")

        self.assertEqual([s["status"] for s in self.sessions()], ["open", "expired"])

    def test_is_no_business_of_a_purchase(self) -> None:
        subscription = self.check_out()

        self.check_out(resource_id=make_resource(price_cents=500).pk)

        self.assertEqual(self.check_out(), subscription)

    def test_does_not_stand_in_for_another_price_of_a_resource(self) -> None:
        resource = make_resource(price_cents=500)
        self.check_out(resource_id=resource.pk)
        resource.price_cents = 700
        resource.save()

        self.check_out(resource_id=resource.pk)

        self.assertEqual(
            [(s["status"], s["amount_total"]) for s in self.sessions()],
            [("open", 700), ("expired", 500)],
        )

    def test_is_not_handed_out_in_place_of_what_was_chosen(self) -> None:
        """Two choose at once: a yearly checkout comes in while the monthly one is given up."""
        case = self

        class OvertakenOnce(StripeService):
            overtaken = False

            def expire_checkout_session(self, session_id: str) -> None:
                super().expire_checkout_session(session_id)
                if not OvertakenOnce.overtaken:
                    OvertakenOnce.overtaken = True
                    PaymentIntentRecord.objects.update(status=IntentStatus.EXPIRED)
                    case.check_out("premium-yearly")

        self.check_out("premium-yearly")
        command = CreateCheckoutSessionCommand(user=self.user, plan="premium-monthly")

        session = CreateCheckoutSession(payments=OvertakenOnce).execute(command)

        chosen = self.shop.get(f"/v1/checkout/sessions/{session.session_id}")
        self.assertEqual(chosen["amount_total"], 900)
        self.assertEqual([s["status"] for s in self.sessions()].count("open"), 1)


class LiveSubscriptionTests(CheckoutCase):
    def test_refuses_a_second_one_in_every_state_that_may_still_cost(self) -> None:
        deliver(self.shop.pay(self.check_out()))
        for status in ("active", "trialing", "past_due", "unpaid", "paused"):
            Subscription.objects.update(stripe_status=status)
            with self.subTest(status), self.assertRaises(AlreadySubscribed):
                self.check_out()

    def test_lets_those_in_again_whose_subscription_has_ended(self) -> None:
        deliver(self.shop.pay(self.check_out()))
        row = Subscription.objects.get()
        self.shop.control("cancel", subscription=row.stripe_subscription_id)
        deliver(self.shop.take())

        session = self.shop.get(f"/v1/checkout/sessions/{self.check_out()}")

        self.assertEqual(session["status"], "open")


class TrialTests(CheckoutCase):
    def test_is_given_once(self) -> None:
        with self.settings(BILLING_TRIAL_DAYS=7):
            deliver(self.shop.pay(self.check_out()))
            first = Subscription.objects.get()
            self.shop.control("cancel", subscription=first.stripe_subscription_id)
            deliver(self.shop.take())

            deliver(self.shop.pay(self.check_out()))

        second = Subscription.objects.exclude(pk=first.pk).get()
        self.assertIsNotNone(first.trial_end)
        self.assertEqual(
            (first.stripe_status, second.stripe_status),
            (StripeStatus.TRIALING, StripeStatus.ACTIVE),
        )


class CustomerTests(CheckoutCase):
    def test_is_one_for_each_person(self) -> None:
        self.check_out()
        self.check_out(resource_id=make_resource(price_cents=500).pk)

        (customer,) = self.shop.get("/v1/customers")["data"]
        self.assertEqual(customer["id"], StripeCustomer.objects.get().stripe_customer_id)
        self.assertEqual(customer["metadata"]["user"], str(self.user.pk))

    def test_is_made_anew_after_it_was_deleted_at_stripe(self) -> None:
        first = self.customer_after_a_checkout()
        self.shop.delete(f"/v1/customers/{first}")
        deliver(ours(self.shop.take(), "customer.deleted"))

        PaymentIntentRecord.objects.update(status=IntentStatus.EXPIRED)
        second = self.customer_after_a_checkout()

        self.assertNotEqual(first, second)
        self.assertIsNone(StripeCustomer.objects.get().closed_at)

    def test_is_made_anew_although_nobody_told_of_its_end(self) -> None:
        first = self.customer_after_a_checkout()
        self.shop.delete(f"/v1/customers/{first}")
        PaymentIntentRecord.objects.update(status=IntentStatus.EXPIRED)
        with self.assertRaises(PaymentsUnavailable):
            self.check_out()

        second = self.customer_after_a_checkout()

        self.assertNotEqual(first, second)

    def customer_after_a_checkout(self) -> str:
        session = self.shop.get(f"/v1/checkout/sessions/{self.check_out()}")
        self.assertEqual(StripeCustomer.objects.get().stripe_customer_id, session["customer"])
        return str(session["customer"])


class RefusalTests(CheckoutCase):
    def test_of_stripe_closes_the_record(self) -> None:
        self.shop.control("fault", kind="status", status=400, times=1, path_prefix="/v1/checkout")

        with self.assertRaises(PaymentsUnavailable):
            self.check_out()

        self.assertEqual(PaymentIntentRecord.objects.get().status, IntentStatus.FAILED)
        self.check_out()
        self.assertEqual(PaymentIntentRecord.objects.count(), 2)

    def test_writes_nothing_down_for_what_is_not_for_sale(self) -> None:
        with self.assertRaises(NotForSale):
            self.check_out(resource_id=make_resource().pk)

        self.assertFalse(PaymentIntentRecord.objects.exists())


class NoTransactionTests(CheckoutCase):
    def test_is_open_while_stripe_is_asked(self) -> None:
        """The adapter refuses to call with one: whoever waits would hold its locks that long."""
        with self.assertRaises(RuntimeError), transaction.atomic():
            self.check_out()

        self.assertEqual(self.sessions(), [])
