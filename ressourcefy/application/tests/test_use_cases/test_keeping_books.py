"""Giving money back, ending subscriptions and giving premium: what only administrators do."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.test import TestCase, TransactionTestCase
from django.utils import timezone

from application.dto.commands import (
    CancelSubscriptionCommand,
    CreateCheckoutSessionCommand,
    GrantPremiumCommand,
    RefundPaymentCommand,
    ReplayWebhookCommand,
)
from application.exceptions import PaymentsUnavailable
from application.tests.shop import ShopTestCase, deliver
from application.use_cases.cancel_subscription import CancelSubscription
from application.use_cases.create_checkout_session import CreateCheckoutSession
from application.use_cases.grant_premium import GrantPremium
from application.use_cases.refund_payment import RefundPayment
from application.use_cases.replay_webhook import ReplayWebhook
from core.exceptions import AccessDenied, InvalidAction
from core.models.base import new_id
from core.tests.races import at_once
from monetization.exceptions import PaymentNotFound, SubscriptionNotFound
from monetization.models import Payment, Refund, Subscription
from monetization.tests.factories import make_payment, make_subscription
from monetization.types import PaymentStatus, RefundStatus
from resources.tests.factories import make_resource
from users.exceptions import UserNotFound
from users.models import User
from users.tests.factories import make_user
from users.types import Role


class RefundTests(ShopTestCase, TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.admin, payer = make_user(role=Role.ADMIN), make_user()
        resource = make_resource(price_cents=900)
        session = CreateCheckoutSession().execute(
            CreateCheckoutSessionCommand(user=payer, resource_id=resource.pk)
        )
        deliver(self.shop.pay(session.session_id))
        self.payment = Payment.objects.get()

    def refund(self, amount_cents: int | None = None) -> int:
        """How much goes back."""
        done = RefundPayment().execute(
            RefundPaymentCommand(
                user=self.admin, payment_id=self.payment.pk, amount_cents=amount_cents
            )
        )
        return done.refund_amount_cents

    def refund_while_stripe_is_away(self, amount_cents: int | None = None) -> None:
        self.shop.control("fault", kind="reset", when="after", times=9, path_prefix="/v1/refunds")
        with self.assertRaises(PaymentsUnavailable):
            self.refund(amount_cents)
        self.shop.control("fault", clear=True)

    def refunds_at_stripe(self) -> list[int]:
        return [refund["amount"] for refund in self.shop.get("/v1/refunds")["data"]]

    def test_gives_back_all_that_is_left(self) -> None:
        self.refund(200)
        deliver(self.shop.take())

        self.assertEqual(self.refund(), 700)
        deliver(self.shop.take())

        self.payment.refresh_from_db()
        self.assertEqual(self.payment.status, PaymentStatus.REFUNDED)

    def test_counts_what_stripe_has_not_told_of_yet(self) -> None:
        self.refund(600)

        with self.assertRaises(InvalidAction):
            self.refund(400)
        self.assertEqual(self.refund(), 300)

        self.assertEqual(sorted(self.refunds_at_stripe()), [300, 600])

    def test_takes_the_rest_up_again_after_trouble(self) -> None:
        self.refund(200)
        self.refund_while_stripe_is_away()

        self.assertEqual(self.refund(), 700)

        self.assertEqual(sorted(self.refunds_at_stripe()), [200, 700])
        self.assertEqual(Refund.objects.count(), 2)

    def test_takes_a_part_up_again_after_trouble(self) -> None:
        self.refund_while_stripe_is_away(300)

        self.assertEqual(self.refund(300), 300)

        self.assertEqual((self.refunds_at_stripe(), Refund.objects.count()), ([300], 1))

    def test_is_made_once_although_stripe_has_forgotten_the_key(self) -> None:
        self.refund_while_stripe_is_away(300)
        self.shop.control("advance", days=2)

        self.assertEqual(self.refund(300), 300)

        self.assertEqual(self.refunds_at_stripe(), [300])
        self.assertEqual(Refund.objects.get().status, RefundStatus.SUCCEEDED)

    def test_leaves_room_for_more_where_stripe_refused(self) -> None:
        self.shop.control("fault", kind="status", status=400, path_prefix="/v1/refunds")
        with self.assertRaises(InvalidAction):
            self.refund()

        self.assertEqual(Refund.objects.get().status, RefundStatus.FAILED)
        self.assertEqual(self.refund(), 900)

    def test_knows_no_payment_but_ours(self) -> None:
        command = RefundPaymentCommand(user=self.admin, payment_id=new_id())

        with self.assertRaises(PaymentNotFound):
            RefundPayment().execute(command)


class GrantTests(TestCase):
    def give(self, user: User, days: int | None = None) -> Subscription:
        given = GrantPremium().execute(
            GrantPremiumCommand(user=make_user(role=Role.ADMIN), user_id=user.pk, days=days)
        )
        return Subscription.objects.get(pk=given.subscription_id)

    def test_lasts_as_long_as_it_says(self) -> None:
        self.assertIsNone(self.give(make_user()).ends_at)
        ends_at = self.give(make_user(), days=10).ends_at
        assert ends_at is not None
        self.assertAlmostEqual(
            ends_at, timezone.now() + timedelta(days=10), delta=timedelta(minutes=5)
        )

    def test_is_no_endless_premium_for_no_days(self) -> None:
        for days in (0, -1, 3_651, 10**9):
            with self.subTest(days), self.assertRaises(InvalidAction):
                self.give(make_user(), days)
        self.assertFalse(Subscription.objects.exists())

    def test_is_for_accounts_that_are_there(self) -> None:
        gone = make_user()
        gone.delete()

        with self.assertRaises(UserNotFound):
            self.give(gone)


class PermissionTests(TestCase):
    def test_is_of_administrators(self) -> None:
        subscription, payment = make_subscription(make_user()), make_payment(make_user())
        acts: list[Callable[[User], Any]] = [
            lambda user: RefundPayment().execute(
                RefundPaymentCommand(user=user, payment_id=payment.pk)
            ),
            lambda user: CancelSubscription().execute(
                CancelSubscriptionCommand(user=user, subscription_id=subscription.pk)
            ),
            lambda user: GrantPremium().execute(GrantPremiumCommand(user=user, user_id=user.pk)),
            lambda user: ReplayWebhook().execute(
                ReplayWebhookCommand(user=user, stripe_id="evt_1")
            ),
        ]
        for user in (
            make_user(),
            make_user(role=Role.MODERATOR),
            make_user(role=Role.ADMIN, is_active=False),
        ):
            for act in acts:
                with self.assertRaises(AccessDenied):
                    act(user)

        self.assertEqual((Subscription.objects.count(), Refund.objects.count()), (1, 0))

    def test_knows_no_subscription_but_ours(self) -> None:
        command = CancelSubscriptionCommand(
            user=make_user(role=Role.ADMIN), subscription_id=new_id()
        )

        with self.assertRaises(SubscriptionNotFound):
            CancelSubscription().execute(command)


class CancelRaceTests(TransactionTestCase):
    def test_one_of_several_cancellations_at_once_ends_it(self) -> None:
        subscription = make_subscription(make_user())
        admin = make_user(role=Role.ADMIN)
        command = CancelSubscriptionCommand(user=admin, subscription_id=subscription.pk)

        ended = at_once([lambda: CancelSubscription().execute(command)] * 4)

        kinds = sorted(type(one).__name__ for one in ended)
        self.assertEqual(kinds, ["CanceledSubscription", *["InvalidAction"] * 3])
