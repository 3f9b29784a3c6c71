"""The commands about money: what they find, repair, say and how they end."""

from io import StringIO
from typing import Any

from django.core.management import CommandError, call_command
from django.test import TestCase, override_settings

from application.dto.commands import CreateCheckoutSessionCommand, ReconcileBillingCommand
from application.dto.results import Reconciliation
from application.services.billing.events import APPLIERS
from application.tests.shop import CATALOGUE, MONTHLY, ShopTestCase, deliver
from application.use_cases.create_checkout_session import CreateCheckoutSession
from application.use_cases.reconcile_billing import ReconcileBilling
from audit.models import AuditLog
from core.models import OutboxEvent
from core.tests.outbox_helpers import wait_until
from monetization.models import (
    Payment,
    PaymentIntentRecord,
    Purchase,
    StripeCustomer,
    Subscription,
    WebhookEvent,
)
from monetization.services.premium import has_premium
from monetization.types import IntentStatus, StripeStatus, WebhookStatus
from resources.tests.factories import make_resource
from users.models import User
from users.tests.factories import make_user


def run(name: str, *arguments: str) -> tuple[str, str]:
    """What a command says, on standard output and on standard error."""
    out, errors = StringIO(), StringIO()
    call_command(name, *arguments, stdout=out, stderr=errors)
    return out.getvalue(), errors.getvalue()


def problems(name: str, *arguments: str) -> str:
    """What a command says that ends with 1."""
    errors = StringIO()
    try:
        call_command(name, *arguments, stdout=StringIO(), stderr=errors)
    except CommandError as error:
        return f"{errors.getvalue()}{error}"
    raise AssertionError(f"{name} ended well")


UNDELIVERED = "/v1/events?delivery_success=false&limit=100"


class CommandCase(ShopTestCase, TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.user = make_user()

    def session_of(self, user: User, **fields: Any) -> str:
        wanted = fields or {"plan": "premium-monthly"}
        command = CreateCheckoutSessionCommand(user=user, **wanted)
        return CreateCheckoutSession().execute(command).session_id

    def subscribe(self, user: User) -> Subscription:
        deliver(self.shop.pay(self.session_of(user)))
        return Subscription.objects.get(user=user)


class ReconcileTests(CommandCase):
    def reconcile(self, **fields: Any) -> Reconciliation:
        return ReconcileBilling().execute(ReconcileBillingCommand(**fields))

    def test_finds_nothing_where_all_agrees(self) -> None:
        self.subscribe(self.user)
        before = OutboxEvent.objects.count(), AuditLog.objects.count()

        out, _errors = run("reconcile_billing")

        self.assertEqual(out, "1 customers compared; repaired: nothing.\n")
        self.assertEqual((OutboxEvent.objects.count(), AuditLog.objects.count()), before)

    def test_repairs_a_subscription_of_whose_end_nobody_told(self) -> None:
        row = self.subscribe(self.user)
        self.shop.control("cancel", subscription=row.stripe_subscription_id)
        self.shop.take()

        dry, _errors = run("reconcile_billing", "--dry-run")
        self.assertTrue(has_premium(self.user))
        out, _errors = run("reconcile_billing")

        self.assertEqual(dry, "1 customers compared; different: subscription 1.\n")
        self.assertEqual(out, "1 customers compared; repaired: subscription 1.\n")
        self.assertFalse(has_premium(self.user))
        self.assertTrue(
            AuditLog.objects.filter(
                object_id=str(row.pk), after_state__changed=["reconciled"]
            ).exists()
        )
        self.assertEqual(self.reconcile().drift, {})

    def test_grants_what_was_paid_and_never_told(self) -> None:
        self.shop.pay(self.session_of(self.user))
        resource = make_resource(price_cents=500)
        self.shop.pay(self.session_of(self.user, resource_id=resource.pk))

        result = self.reconcile()

        self.assertEqual(result.drift, {"subscription": 1, "checkout": 2})
        self.assertTrue(has_premium(self.user))
        self.assertTrue(Purchase.objects.granted().filter(resource=resource).exists())
        self.assertEqual(
            set(PaymentIntentRecord.objects.values_list("status", flat=True)),
            {IntentStatus.COMPLETED},
        )
        self.assertEqual(self.reconcile().drift, {})

    def test_takes_events_that_stripe_could_not_deliver(self) -> None:
        self.shop.control("hold", on=False)
        self.shop.control("pay", session=self.session_of(self.user), outcome="paid")

        wait_until(lambda: len(self.shop.get(UNDELIVERED)["data"]) > 5)

        result = self.reconcile()

        self.assertGreater(result.drift["event"], 3)
        self.assertEqual(Payment.objects.count(), 1)
        self.assertEqual(
            set(WebhookEvent.objects.values_list("status", flat=True)), {WebhookStatus.PROCESSED}
        )
        self.assertEqual(self.reconcile().drift, {})

    def test_closes_a_customer_that_was_deleted_at_stripe(self) -> None:
        row = self.subscribe(self.user)
        customer = StripeCustomer.objects.get()
        self.shop.delete(f"/v1/customers/{customer.stripe_customer_id}")
        self.shop.take()

        self.reconcile()

        customer.refresh_from_db()
        row.refresh_from_db()
        self.assertIsNotNone(customer.closed_at)
        self.assertEqual(row.stripe_status, StripeStatus.CANCELED)
        self.assertEqual(self.reconcile().drift, {})

    def test_looks_at_one_account_only(self) -> None:
        other = make_user()
        rows = [self.subscribe(user) for user in (self.user, other)]
        for row in rows:
            self.shop.control("cancel", subscription=row.stripe_subscription_id)
        self.shop.take()

        run("reconcile_billing", "--user", self.user.email.upper())
        self.assertEqual((has_premium(self.user), has_premium(other)), (False, True))
        run("reconcile_billing", "--user", str(other.pk))

        self.assertFalse(has_premium(other))
        self.assertIn("no such account", problems("reconcile_billing", "--user", "nobody"))

    def test_goes_on_where_stripe_does_not_answer_and_says_so(self) -> None:
        rows = [self.subscribe(make_user()) for _ in range(2)]
        for row in rows:
            self.shop.control("cancel", subscription=row.stripe_subscription_id)
        self.shop.take()
        self.shop.control("fault", kind="status", times=2, path_prefix="/v1/subscriptions")

        said = problems("reconcile_billing")

        self.assertIn("Failures: 1.", said)
        ended = Subscription.objects.filter(ended_at__isnull=False)
        self.assertEqual(ended.count(), 1)
        self.assertIn("subscription 1", run("reconcile_billing")[0])
        self.assertEqual(ended.count(), 2)

    def test_shows_how_far_it_is(self) -> None:
        self.subscribe(self.user)

        _out, errors = run("reconcile_billing")

        self.assertEqual(errors, "100%  1 of 1 customers\n")


@override_settings(ALLOWED_HOSTS=["api.example.org"], DEBUG=True)
class CheckStripeTests(CommandCase):
    ENDPOINT = "https://api.example.org/api/billing/webhook/"

    def setUp(self) -> None:
        super().setUp()
        self.shop.control("endpoint", url=self.ENDPOINT, secret=self.shop.secret)

    def test_ends_well_where_all_agrees(self) -> None:
        self.assertEqual(
            run("check_stripe"), ("Key, webhook endpoint and prices are as they should be.\n", "")
        )

    def test_is_content_with_an_endpoint_that_has_just_our_events(self) -> None:
        self.shop.control(
            "endpoint", url=self.ENDPOINT, secret=self.shop.secret, enabled_events=sorted(APPLIERS)
        )

        run("check_stripe")

    def test_says_what_is_wrong_with_the_endpoint(self) -> None:
        events = sorted(set(APPLIERS) - {"invoice.paid", "charge.refunded"})
        for fields, text in (
            ({"url": "https://api.example.org/webhook/"}, "no webhook endpoint"),
            ({"url": "https://other.example.org/api/billing/webhook/"}, "no webhook endpoint"),
            (
                {"url": self.ENDPOINT, "enabled_events": events},
                "does not deliver charge.refunded, invoice.paid.",
            ),
        ):
            with self.subTest(text):
                self.shop.control("endpoint", secret=self.shop.secret, **fields)

                said = problems("check_stripe")

                self.assertIn(text, said)
                self.assertTrue(said.endswith("Problems: 1."), said)

    def test_says_that_the_endpoint_speaks_another_version(self) -> None:
        self.shop.delete("/v1/webhook_endpoints/we_preset")
        made = self.shop.post(
            "/v1/webhook_endpoints",
            url=self.ENDPOINT,
            api_version="2024-06-20",
            **{"enabled_events[0]": "*"},
        )
        self.shop.post(f"/v1/webhook_endpoints/{made['id']}", disabled="true")

        said = problems("check_stripe")

        self.assertIn("delivers in the shape of 2024-06-20", said)
        self.assertIn("is disabled", said)

    def test_says_what_is_wrong_with_prices(self) -> None:
        for change, text in (
            ({"price_id": "price_unknown"}, "does not know the price price_unknown"),
            ({"amount_cents": 800}, "costs 900 at Stripe, not 800"),
            ({"currency": "USD"}, "is in EUR at Stripe, not USD"),
            ({"interval": "year"}, "is paid each month at Stripe, not each year"),
        ):
            with self.subTest(text), override_settings(BILLING_PRICES=[MONTHLY | change]):
                said = problems("check_stripe")

                self.assertIn(text, said)
                self.assertTrue(said.endswith("Problems: 1."), said)

    def test_says_that_a_price_is_sold_no_more_unless_we_do_not_sell_it_either(self) -> None:
        for price in CATALOGUE:
            self.shop.post(f"/v1/prices/{price['price_id']}", active="false")

        said = problems("check_stripe")

        self.assertEqual(said.count("is not active at Stripe"), 2)
        self.assertNotIn("price_2025", said)

    def test_says_what_the_settings_lack(self) -> None:
        for changed, text in (
            ({"STRIPE_SECRET_KEY": ""}, "STRIPE_SECRET_KEY is not set."),
            ({"DEBUG": False}, "is a test key"),
            ({"STRIPE_WEBHOOK_SECRET": []}, "STRIPE_WEBHOOK_SECRET is not set"),
            ({"BILLING_PRICES": []}, "BILLING_PRICES is empty"),
        ):
            with self.subTest(text), override_settings(**changed):
                self.assertIn(text, problems("check_stripe"))

    def test_says_that_stripe_does_not_answer(self) -> None:
        self.shop.control("fault", kind="reset", times=9)

        self.assertIn("not available", problems("check_stripe"))


class ReplayTests(CommandCase):
    def test_processes_a_delivery_that_failed(self) -> None:
        deliveries = self.shop.pay(self.session_of(self.user))
        deliver(deliveries)
        last = deliveries[-1].id
        WebhookEvent.objects.filter(stripe_id=last).update(status=WebhookStatus.FAILED)

        out, _errors = run("replay_webhook", last)

        self.assertEqual(out, f"{last}: PROCESSED\n")
        row = WebhookEvent.objects.get(stripe_id=last)
        entry = AuditLog.objects.get(object_id=str(row.pk))
        self.assertEqual((entry.before_state, entry.actor), ({"status": "FAILED"}, None))

    def test_fetches_one_that_never_came(self) -> None:
        for one in self.shop.pay(self.session_of(self.user)):
            if one.type in APPLIERS:
                run("replay_webhook", one.id)

        self.assertTrue(has_premium(self.user))
        self.assertEqual(Payment.objects.count(), 1)

    def test_leaves_what_has_taken_effect(self) -> None:
        deliveries = self.shop.pay(self.session_of(self.user))
        deliver(deliveries)
        before = OutboxEvent.objects.count()

        run("replay_webhook", deliveries[-1].id)

        self.assertEqual(OutboxEvent.objects.count(), before)

    def test_says_what_it_cannot_do(self) -> None:
        self.subscribe(self.user)
        broken = WebhookEvent.objects.filter(event_type="customer.subscription.updated").first()
        assert broken is not None
        broken.payload["created"] = 10**15
        broken.status = WebhookStatus.PENDING
        broken.save()

        self.assertIn("not found", problems("replay_webhook", "evt_unknown"))
        self.assertIn("failed again", problems("replay_webhook", broken.stripe_id))

        broken.refresh_from_db()
        self.assertEqual((broken.status, broken.attempts), (WebhookStatus.FAILED, 1))
        self.shop.control("fault", kind="reset", times=9)
        self.assertIn("not available", problems("replay_webhook", "evt_other"))
