"""Deleting an account ends what it pays, at Stripe first."""

from typing import Any

from django.test import TestCase, override_settings

from application.dto.commands import CreateCheckoutSessionCommand, DeleteUserCommand
from application.exceptions import PaymentsUnavailable, SubscriptionRuns
from application.services.stripe_service import Object, StripeService
from application.tests.shop import ShopTestCase, deliver
from application.use_cases.create_checkout_session import CreateCheckoutSession
from application.use_cases.delete_user import DeleteUser
from audit.models import AuditLog
from core.exceptions import AccessDenied, InvalidAction
from core.models import OutboxEvent
from monetization.models import StripeCustomer, Subscription
from monetization.types import StripeStatus
from resources.tests.factories import make_resource
from users.models import User
from users.tests.factories import make_user
from users.types import Role


class DeletionTests(ShopTestCase, TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.admin, self.payer = make_user(role=Role.ADMIN), make_user()

    def check_out(self, **wish: Any) -> str:
        command = CreateCheckoutSessionCommand(user=self.payer, **wish)
        return CreateCheckoutSession().execute(command).session_id

    def subscribe(self) -> Subscription:
        deliver(self.shop.pay(self.check_out(plan="premium-monthly")))
        return Subscription.objects.get(user=self.payer)

    def delete(self, by: User | None = None) -> None:
        DeleteUser().execute(DeleteUserCommand(user=by or self.admin, user_id=self.payer.pk))

    def status_at_stripe(self, row: Subscription) -> str:
        found = self.shop.get(f"/v1/subscriptions/{row.stripe_subscription_id}")
        return str(found["status"])

    def assert_deleted(self, expected: bool) -> None:
        self.assertEqual(User.all_objects.get(pk=self.payer.pk).is_deleted, expected)

    def test_ends_the_subscription_at_stripe_and_here(self) -> None:
        row = self.subscribe()

        self.delete()
        deliver(self.shop.take())

        self.assert_deleted(True)
        row.refresh_from_db()
        self.assertEqual(row.stripe_status, StripeStatus.CANCELED)
        self.assertEqual(self.status_at_stripe(row), "canceled")
        entry = AuditLog.objects.get(object_id=str(row.pk), actor=self.admin)
        self.assertEqual(entry.after_state, {"status": "canceled"})
        self.assertEqual(
            OutboxEvent.objects.filter(event_type="billing.subscription_canceled").count(), 1
        )

    def test_closes_what_could_still_be_paid(self) -> None:
        sessions = [
            self.check_out(plan="premium-monthly"),
            self.check_out(resource_id=make_resource(price_cents=500).pk),
        ]

        self.delete()

        self.assert_deleted(True)
        for session_id in sessions:
            session = self.shop.get(f"/v1/checkout/sessions/{session_id}")
            self.assertEqual(session["status"], "expired")

    def test_is_refused_while_stripe_is_away_and_nothing_has_changed(self) -> None:
        row = self.subscribe()
        before = OutboxEvent.objects.count(), AuditLog.objects.count()
        self.shop.control("fault", kind="status", times=9)

        with self.assertRaises(PaymentsUnavailable):
            self.delete()

        self.assert_deleted(False)
        self.assertEqual((OutboxEvent.objects.count(), AuditLog.objects.count()), before)
        row.refresh_from_db()
        self.assertEqual(row.stripe_status, StripeStatus.ACTIVE)
        self.shop.control("fault", clear=True)
        self.delete()
        self.assert_deleted(True)

    def test_is_refused_where_stripe_does_not_end_it(self) -> None:
        self.subscribe()
        self.shop.control("fault", kind="status", status=400, times=1, method="DELETE")

        with self.assertRaises(InvalidAction):
            self.delete()

        self.assert_deleted(False)

    def test_is_refused_where_a_subscription_began_meanwhile(self) -> None:
        """It is paid, and told, after the account's subscriptions were looked up."""
        case, deliveries = self, self.shop.pay(self.check_out(plan="premium-monthly"))

        class Overtaken(StripeService):
            def expire_checkout_session(self, session_id: str) -> None:
                deliver(deliveries)
                super().expire_checkout_session(session_id)

        with self.assertRaises(SubscriptionRuns):
            DeleteUser(payments=Overtaken).execute(
                DeleteUserCommand(user=case.admin, user_id=case.payer.pk)
            )

        self.assert_deleted(False)
        self.delete()
        self.assertEqual(self.status_at_stripe(Subscription.objects.get()), "canceled")

    def test_ends_nothing_for_those_who_may_not_delete(self) -> None:
        row = self.subscribe()
        for user in (make_user(), make_user(role=Role.MODERATOR), self.payer):
            with self.assertRaises(AccessDenied):
                self.delete(by=user)

        self.assertEqual(self.status_at_stripe(row), "active")

    def test_asks_stripe_about_nobody_who_pays_nothing(self) -> None:
        asked: list[Object] = []

        class Listening(StripeService):
            def cancel_subscription(self, subscription_id: str) -> Object:
                answer = super().cancel_subscription(subscription_id)
                asked.append(answer)
                return answer

        row = self.subscribe()
        self.shop.control("cancel", subscription=row.stripe_subscription_id)
        deliver(self.shop.take())

        DeleteUser(payments=Listening).execute(
            DeleteUserCommand(user=self.admin, user_id=self.payer.pk)
        )

        self.assert_deleted(True)
        self.assertEqual(asked, [])


@override_settings(STRIPE_SECRET_KEY="")
class UnpaidDeletionTests(TestCase):
    def test_needs_no_stripe(self) -> None:
        user = make_user()

        DeleteUser().execute(DeleteUserCommand(user=make_user(role=Role.ADMIN), user_id=user.pk))

        self.assertTrue(User.all_objects.get(pk=user.pk).is_deleted)
        self.assertFalse(StripeCustomer.objects.exists())
