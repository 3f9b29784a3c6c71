"""What deliveries about refunds and disputes change."""

from django.test import TestCase

from application.tests.billing import buy, run_syncs, subscribe, told_types
from application.tests.shop import Delivery, ShopTestCase, deliver
from monetization.models import Dispute, Payment, Purchase, Refund, Subscription, WebhookEvent
from monetization.services.premium import has_premium
from monetization.types import (
    DisputeStatus,
    PaymentStatus,
    PurchaseStatus,
    RefundStatus,
    WebhookStatus,
)
from resources.tests.factories import make_resource
from users.models import User
from users.tests.factories import make_user


class SaleTestCase(ShopTestCase, TestCase):
    """Somebody has paid for a resource; nothing of it is told yet."""

    user: User
    sale: list[Delivery]
    intent: str

    def setUp(self) -> None:
        super().setUp()
        self.user = make_user()
        self.sale = self.shop.pay(buy(self.user, make_resource(price_cents=500)).session_id)
        self.intent = self.sale[-1].object["payment_intent"]

    def refund(self, amount: int | None = None) -> list[Delivery]:
        self.shop.control("refund", payment_intent=self.intent, amount=amount)
        return self.shop.take()

    def assert_is(self, payment: PaymentStatus, refunded: int, purchase: PurchaseStatus) -> None:
        row = Payment.objects.get()
        self.assertEqual((row.status, row.amount_refunded), (payment, refunded))
        self.assertEqual(Purchase.objects.get().status, purchase)


class RefundTests(SaleTestCase):
    def test_of_a_part_keeps_the_purchase(self) -> None:
        deliver(self.sale)

        deliver(self.refund(100))

        self.assert_is(PaymentStatus.COMPLETED, 100, PurchaseStatus.ACTIVE)
        self.assertEqual(told_types().count("billing.payment_refunded"), 1)

    def test_of_the_whole_takes_the_purchase_back(self) -> None:
        deliver(self.sale)

        deliver([*self.refund(100), *self.refund()])

        self.assert_is(PaymentStatus.REFUNDED, 500, PurchaseStatus.REVOKED)
        self.assertEqual(told_types().count("billing.payment_refunded"), 2)

    def test_told_in_another_order_only_grows(self) -> None:
        deliver(self.sale)
        part, whole = self.refund(100), self.refund()

        deliver([*whole, *part])

        self.assert_is(PaymentStatus.REFUNDED, 500, PurchaseStatus.REVOKED)

    def test_before_the_sale_waits_for_it(self) -> None:
        deliver(self.refund())

        deliver(self.sale)

        self.assert_is(PaymentStatus.REFUNDED, 500, PurchaseStatus.REVOKED)
        self.assertEqual(told_types().count("billing.payment_refunded"), 1)

    def test_made_at_stripe_is_a_row_of_the_ledger_once_stripe_was_asked(self) -> None:
        deliver(self.sale)
        deliver([*self.refund(100), *self.refund(50)])

        run_syncs()
        run_syncs()

        refunds = Refund.objects.order_by("amount_cents").values_list("amount_cents", "status")
        self.assertEqual(
            list(refunds), [(50, RefundStatus.SUCCEEDED), (100, RefundStatus.SUCCEEDED)]
        )
        self.assert_is(PaymentStatus.COMPLETED, 150, PurchaseStatus.ACTIVE)

    def test_of_a_subscription_leaves_it_to_stripe(self) -> None:
        deliver(self.shop.pay(subscribe(self.user).session_id))
        payment = Payment.objects.get(subscription__isnull=False)

        self.shop.control("refund", payment_intent=payment.payment_intent)
        deliver(self.shop.take())

        payment.refresh_from_db()
        self.assertEqual(payment.status, PaymentStatus.REFUNDED)
        self.assertTrue(has_premium(self.user))

    def test_of_an_invoice_before_it_is_told_has_its_row_too(self) -> None:
        told_of = self.shop.pay(subscribe(self.user).session_id)
        paid = next(one.object for one in told_of if one.type == "invoice_payment.paid")
        self.shop.control("refund", payment_intent=paid["payment"]["payment_intent"], amount=100)
        deliver(self.shop.take())

        deliver(told_of)
        run_syncs()

        self.assertEqual(Payment.objects.get(subscription__isnull=False).amount_refunded, 100)
        self.assertEqual(Refund.objects.get().amount_cents, 100)


class FailedRefundTests(SaleTestCase):
    def test_gives_the_purchase_back_once_stripe_was_asked(self) -> None:
        deliver(self.sale)
        self.shop.control("refund", payment_intent=self.intent, fails=True)

        deliver(self.shop.take())
        self.assert_is(PaymentStatus.REFUNDED, 500, PurchaseStatus.REVOKED)
        run_syncs()

        self.assert_is(PaymentStatus.COMPLETED, 0, PurchaseStatus.ACTIVE)
        self.assertEqual(Refund.objects.get().status, RefundStatus.FAILED)
        self.assertEqual(told_types().count("billing.refund_failed"), 1)

    def test_told_before_the_refund_and_the_sale_ends_alike(self) -> None:
        self.shop.control("refund", payment_intent=self.intent, fails=True)

        deliver([*reversed(self.shop.take()), *self.sale])
        run_syncs()

        self.assert_is(PaymentStatus.COMPLETED, 0, PurchaseStatus.ACTIVE)

    def test_of_an_invoice_told_before_it_ends_alike(self) -> None:
        told_of = self.shop.pay(subscribe(self.user).session_id)
        paid = next(one.object for one in told_of if one.type == "invoice_payment.paid")
        intent = paid["payment"]["payment_intent"]
        self.shop.control("refund", payment_intent=intent, fails=True)

        deliver([*self.shop.take(), *told_of])
        run_syncs()

        payment = Payment.objects.get(subscription__isnull=False)
        self.assertEqual((payment.status, payment.amount_refunded), (PaymentStatus.COMPLETED, 0))


class DisputeTests(SaleTestCase):
    def dispute(self, **more: object) -> str:
        made = self.shop.control("dispute", payment_intent=self.intent, **more)
        return str(made["id"])

    def close(self, dispute: str, outcome: str) -> None:
        self.shop.control("close_dispute", dispute=dispute, outcome=outcome)

    def test_suspends_the_purchase_while_it_is_open(self) -> None:
        deliver(self.sale)

        self.dispute()
        deliver(self.shop.take())

        self.assert_is(PaymentStatus.COMPLETED, 0, PurchaseStatus.SUSPENDED)
        self.assertEqual(Payment.objects.get().dispute_status, DisputeStatus.OPEN)
        self.assertEqual(told_types().count("billing.dispute_opened"), 1)

    def test_that_is_won_gives_it_back_and_one_that_is_lost_does_not(self) -> None:
        deliver(self.sale)
        for outcome, status in (("won", PurchaseStatus.ACTIVE), ("lost", PurchaseStatus.SUSPENDED)):
            with self.subTest(outcome):
                sale = self.shop.pay(buy(make_user(), make_resource(price_cents=500)).session_id)
                self.intent = sale[-1].object["payment_intent"]
                deliver(sale)
                self.close(self.dispute(), outcome)

                deliver(self.shop.take())

                purchase = Purchase.objects.get(payment__payment_intent=self.intent)
                self.assertEqual(purchase.status, status)

    def test_that_is_closed_stays_so_whatever_is_told_later(self) -> None:
        deliver(self.sale)
        dispute = self.dispute()
        self.shop.control("answer_dispute", dispute=dispute)
        self.close(dispute, "won")

        deliver(reversed(self.shop.take()))

        self.assertEqual(Dispute.objects.get().status, DisputeStatus.WON)
        self.assert_is(PaymentStatus.COMPLETED, 0, PurchaseStatus.ACTIVE)

    def test_before_the_sale_waits_for_it(self) -> None:
        self.dispute()
        deliver(self.shop.take())

        deliver(self.sale)

        self.assert_is(PaymentStatus.COMPLETED, 0, PurchaseStatus.SUSPENDED)

    def test_that_is_only_a_question_suspends_nothing(self) -> None:
        deliver(self.sale)
        dispute = self.dispute(inquiry=True)

        deliver(self.shop.take())
        self.assert_is(PaymentStatus.COMPLETED, 0, PurchaseStatus.ACTIVE)
        self.assertEqual(
            WebhookEvent.objects.get(event_type="charge.dispute.created").status,
            WebhookStatus.IGNORED,
        )

        self.close(dispute, "warning_closed")
        deliver(self.shop.take())
        self.assert_is(PaymentStatus.COMPLETED, 0, PurchaseStatus.ACTIVE)

    def test_of_a_subscription_suspends_it_until_it_is_won(self) -> None:
        deliver(self.shop.pay(subscribe(self.user).session_id))
        self.intent = str(Payment.objects.get().payment_intent)
        dispute = self.dispute()

        deliver(self.shop.take())
        self.assertIsNotNone(Subscription.objects.get().suspended_at)
        self.assertFalse(has_premium(self.user))

        self.close(dispute, "won")
        deliver(self.shop.take())
        self.assertIsNone(Subscription.objects.get().suspended_at)
        self.assertTrue(has_premium(self.user))

    def test_of_a_second_kind_about_one_payment_is_told_too(self) -> None:
        deliver(self.sale)
        self.dispute()
        first = self.shop.take()
        deliver(first)

        second = first[0].object | {"id": "dp_second"}
        deliver([self.shop.emit("charge.dispute.created", second)])

        self.assertEqual(told_types().count("billing.dispute_opened"), 2)
