"""What administrators do about money: refund, end, give premium, and process again."""

from datetime import timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from api.tests.test_admin.base import AdminTestCase, address
from application.dto.commands import CreateCheckoutSessionCommand
from application.tests.shop import ShopTestCase, deliver
from application.use_cases.create_checkout_session import CreateCheckoutSession
from audit.models import AuditLog
from monetization.models import Payment, Purchase, Refund, Subscription, WebhookEvent
from monetization.services.premium import has_premium
from monetization.tests.factories import make_subscription
from monetization.types import (
    PaymentStatus,
    RefundStatus,
    StripeStatus,
    SubscriptionSource,
    WebhookStatus,
)
from resources.tests.factories import make_resource
from users.models import User
from users.tests.factories import make_user
from users.types import Role


class BillingCase(ShopTestCase, AdminTestCase):
    """An administrator's browser, and somebody who pays."""

    def setUp(self) -> None:
        super().setUp()
        self.admin, self.payer = make_user(role=Role.ADMIN), make_user()
        self.admins_browser = self.browser(self.admin)

    def pay(self, **wish: Any) -> None:
        command = CreateCheckoutSessionCommand(user=self.payer, **wish)
        deliver(self.shop.pay(CreateCheckoutSession().execute(command).session_id))

    def subscribe(self) -> Subscription:
        self.pay(plan="premium-monthly")
        return Subscription.objects.get(user=self.payer)

    def buy(self, price_cents: int = 900) -> Payment:
        self.pay(resource_id=make_resource(price_cents=price_cents).pk)
        return Payment.objects.get(user=self.payer, resource__isnull=False)


class RefundTests(BillingCase):
    def refund(self, payment: Payment, **data: Any) -> Any:
        path = address(Payment, "refund", payment.pk)
        return self.send(self.admins_browser, path, {"reason": "Asked for it."} | data)

    def test_has_a_page_that_proposes_the_rest(self) -> None:
        payment = self.buy()
        Payment.objects.update(amount_refunded=300)

        led = self.act_on_page(self.admins_browser, "refund", payment)
        page = self.admins_browser.get(led.headers["Location"]).content.decode()

        self.assertIn('value="600"', page)
        self.assertIn(payment.provider_reference, page)

    def test_gives_back_all_and_takes_what_was_bought(self) -> None:
        payment = self.buy()

        response = self.refund(payment, amount_cents="900")
        deliver(self.shop.take())

        self.assertRedirects(
            response, address(Payment, "change", payment.pk), fetch_redirect_response=False
        )
        self.assertIn("gives back 900", self.said(self.admins_browser))
        payment.refresh_from_db()
        self.assertEqual((payment.status, payment.amount_refunded), (PaymentStatus.REFUNDED, 900))
        self.assertFalse(Purchase.objects.granted().exists())
        refund = Refund.objects.get()
        self.assertEqual(
            (refund.amount_cents, refund.status, refund.requested_by, refund.reason),
            (900, RefundStatus.SUCCEEDED, self.admin, "Asked for it."),
        )
        entry = AuditLog.objects.get(object_id=str(refund.pk))
        self.assertEqual((entry.action, entry.actor), ("CREATE", self.admin))
        self.assertNotIn("Asked", str(entry.after_state))

    def test_gives_back_a_part_and_then_the_rest(self) -> None:
        payment = self.buy()

        self.refund(payment, amount_cents="300")
        deliver(self.shop.take())
        payment.refresh_from_db()
        self.assertEqual((payment.status, payment.amount_refunded), (PaymentStatus.COMPLETED, 300))
        self.assertTrue(Purchase.objects.granted().exists())
        self.refund(payment, amount_cents="600")
        deliver(self.shop.take())

        payment.refresh_from_db()
        self.assertEqual((payment.status, payment.amount_refunded), (PaymentStatus.REFUNDED, 900))

    def test_gives_back_what_a_period_cost(self) -> None:
        self.subscribe()
        payment = Payment.objects.get()

        self.refund(payment, amount_cents="900")
        deliver(self.shop.take())

        payment.refresh_from_db()
        self.assertEqual(payment.status, PaymentStatus.REFUNDED)
        self.assertTrue(has_premium(self.payer))

    def test_refuses_too_much_nothing_and_no_reason(self) -> None:
        payment = self.buy()
        for data, text in (
            ({"amount_cents": "901"}, "at most what is left"),
            ({"amount_cents": "0"}, "greater than or equal to 1"),
            ({"amount_cents": "-1"}, "greater than or equal to 1"),
            ({"amount_cents": "9.5"}, "Enter a whole number"),
            ({"amount_cents": "9" * 30}, "less than or equal to"),
            ({"amount_cents": ""}, "This field is required"),
            ({"amount_cents": "900", "reason": " "}, "This field is required"),
        ):
            with self.subTest(data):
                response = self.refund(payment, **data)

                self.assertEqual(response.status_code, 200)
                self.assertIn(text, response.content.decode())
        self.assertFalse(Refund.objects.exists())

    def test_refuses_a_payment_that_was_given_back(self) -> None:
        payment = self.buy()
        self.refund(payment, amount_cents="900")
        deliver(self.shop.take())

        response = self.refund(payment, amount_cents="900")

        self.assertIn("Only a completed payment", response.content.decode())

    def test_is_asked_for_once_although_stripe_was_away(self) -> None:
        payment = self.buy()
        self.shop.control("fault", kind="reset", when="after", times=9, path_prefix="/v1/refunds")
        away = self.refund(payment, amount_cents="900")
        self.assertIn("not available", away.content.decode())
        self.shop.control("fault", clear=True)

        self.refund(payment, amount_cents="900")
        deliver(self.shop.take())

        self.assertEqual(len(self.shop.get("/v1/refunds")["data"]), 1)
        self.assertEqual(Refund.objects.get().status, RefundStatus.SUCCEEDED)

    def test_is_for_one_payment_at_a_time(self) -> None:
        payments = [
            self.buy(),
            Payment.objects.create(user=self.payer, amount_cents=1, provider_reference="in_1"),
        ]

        self.act(self.admins_browser, Payment, "refund", *payments)

        self.assertIn("Choose one row", self.said(self.admins_browser))


class CancelTests(BillingCase):
    def test_ends_a_subscription_at_stripe_and_here(self) -> None:
        row = self.subscribe()

        self.act_on_page(self.admins_browser, "cancel", row)

        self.assertFalse(has_premium(self.payer))
        found = self.shop.get(f"/v1/subscriptions/{row.stripe_subscription_id}")
        self.assertEqual(found["status"], "canceled")
        entries = AuditLog.objects.filter(object_id=str(row.pk), actor=self.admin)
        self.assertEqual([entry.after_state for entry in entries], [{"status": "canceled"}])
        deliver(self.shop.take())
        self.assertEqual(self.fresh(row).stripe_status, StripeStatus.CANCELED)

    def test_ends_one_that_an_administrator_gave(self) -> None:
        row = make_subscription(self.payer)

        self.act(self.admins_browser, Subscription, "cancel", row)

        self.assertFalse(has_premium(self.payer))
        self.assertIsNotNone(self.fresh(row).ended_at)

    def test_finds_that_it_has_ended_already(self) -> None:
        row = self.subscribe()
        self.shop.control("cancel", subscription=row.stripe_subscription_id)
        self.shop.take()

        self.act(self.admins_browser, Subscription, "cancel", row)
        self.assertFalse(has_premium(self.payer))
        self.act(self.admins_browser, Subscription, "cancel", row)

        self.assertIn("has ended already", self.said(self.admins_browser))

    def test_changes_nothing_while_stripe_is_away(self) -> None:
        row = self.subscribe()
        self.shop.control("fault", kind="status", times=9)

        self.act(self.admins_browser, Subscription, "cancel", row)

        self.assertTrue(has_premium(self.payer))
        self.assertIn("not available", self.said(self.admins_browser))
        self.assertFalse(AuditLog.objects.filter(object_id=str(row.pk), actor=self.admin).exists())

    def test_says_so_where_stripe_does_not_end_it(self) -> None:
        row = self.subscribe()
        self.shop.control("fault", kind="status", status=400, times=1, method="DELETE")

        self.act(self.admins_browser, Subscription, "cancel", row)

        self.assertTrue(has_premium(self.payer))
        self.assertIn("does not end", self.said(self.admins_browser))


class GiveTests(BillingCase):
    def give(self, days: str, browser: Client | None = None) -> Any:
        path = address(User, "give_premium", self.payer.pk)
        return self.send(browser or self.admins_browser, path, {"days": days})

    def test_gives_premium_for_some_days(self) -> None:
        led = self.act(self.admins_browser, User, "give_premium", self.payer)
        self.assertEqual(led.headers["Location"], address(User, "give_premium", self.payer.pk))

        self.give("30")

        row = Subscription.objects.get(user=self.payer)
        assert row.ends_at is not None
        self.assertTrue(has_premium(self.payer))
        self.assertEqual(row.source, SubscriptionSource.MANUAL)
        self.assertAlmostEqual(
            row.ends_at, timezone.now() + timedelta(days=30), delta=timedelta(minutes=5)
        )
        self.assertEqual(AuditLog.objects.get(object_id=str(row.pk)).actor, self.admin)

    def test_gives_it_without_end(self) -> None:
        self.give("")

        self.assertIsNone(Subscription.objects.get(user=self.payer).ends_at)
        self.assertTrue(has_premium(self.payer))

    def test_gives_it_once_and_for_a_number_of_days(self) -> None:
        for days in ("0", "-1", "3651", "ten"):
            self.assertEqual(self.give(days).status_code, 200)
        self.assertFalse(Subscription.objects.exists())
        self.give("10")

        again = self.give("10")

        self.assertIn("has premium already", again.content.decode())
        self.assertEqual(Subscription.objects.count(), 1)


class ReplayTests(BillingCase):
    def test_processes_a_failed_delivery_again(self) -> None:
        self.subscribe()
        row = WebhookEvent.objects.filter(event_type="invoice.paid").get()
        WebhookEvent.objects.filter(pk=row.pk).update(status=WebhookStatus.FAILED)

        self.act(self.admins_browser, WebhookEvent, "replay", row)

        self.assertEqual(self.fresh(row).status, WebhookStatus.PROCESSED)
        entry = AuditLog.objects.get(object_id=str(row.pk))
        self.assertEqual((entry.actor, entry.before_state), (self.admin, {"status": "FAILED"}))

    def test_says_that_it_failed_again(self) -> None:
        self.subscribe()
        row = WebhookEvent.objects.filter(event_type="customer.subscription.updated").get()
        row.payload["created"] = 10**15
        row.status = WebhookStatus.FAILED
        row.save()

        self.act_on_page(self.admins_browser, "replay", row)

        self.assertIn("failed again", self.said(self.admins_browser))
        self.assertEqual(self.fresh(row).status, WebhookStatus.FAILED)


class PermissionTests(BillingCase):
    def test_are_for_administrators_only(self) -> None:
        payment, subscription = self.buy(), self.subscribe()
        pages = [
            address(Payment, "refund", payment.pk),
            address(User, "give_premium", make_user().pk),
        ]
        data = {"amount_cents": "900", "reason": "Mine.", "days": "10"}

        for role in (None, Role.USER, Role.MODERATOR):
            browser = self.browser()
            if role is not None:
                self.sneak_in(browser, make_user(role=role))
            for page in pages:
                for response in (browser.get(page), self.send(browser, page, data)):
                    self.assertEqual(response.status_code, 302)
                    self.assertIn("/admin/login/", response.headers["Location"])
            self.act(browser, Subscription, "cancel", subscription)

        self.assertFalse(Refund.objects.exists())
        self.assertEqual(Subscription.objects.count(), 1)
        self.assertTrue(has_premium(self.payer))

    def test_have_no_page_for_what_is_not_there(self) -> None:
        for page in (
            address(Payment, "refund", self.payer.pk),
            address(Payment, "refund", "nothing"),
        ):
            self.assertEqual(self.admins_browser.get(page).status_code, 404)

    def test_forms_of_other_sites_are_refused(self) -> None:
        payment = self.buy()

        response = self.admins_browser.post(
            address(Payment, "refund", payment.pk), {"amount_cents": "900", "reason": "Mine."}
        )

        self.assertEqual(response.status_code, 403)
        self.assertFalse(Refund.objects.exists())

    def test_nobody_edits_what_stripe_keeps(self) -> None:
        row = self.subscribe()
        before = Subscription.objects.filter(pk=row.pk).values().get()
        browser = self.browser(make_user(role=Role.SUPERADMIN))
        data = {"status": "canceled", "ends_at_0": "2020-01-01", "ends_at_1": "00:00:00"}

        response = self.send(browser, address(Subscription, "change", row.pk), data)

        self.assertEqual(response.status_code, 403)
        self.assertEqual(Subscription.objects.filter(pk=row.pk).values().get(), before)
