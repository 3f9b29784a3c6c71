"""Paying over HTTP: checkouts, how they stand, and the portal."""

from typing import Any

from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from api.tests.base import statements_among
from api.tests.test_views.test_billing.case import CHECKOUT, ORIGIN, BillingCase
from application.tests.shop import deliver
from core.models.base import new_id
from monetization.models import PaymentIntentRecord
from monetization.tests.factories import make_subscription
from resources.tests.factories import make_purchase, make_resource
from resources.types import Visibility
from users.tests.factories import make_user
from users.types import OnboardingStep, Role


class CheckoutTests(BillingCase):
    def test_answers_where_the_payer_goes_next(self) -> None:
        response = self.check_out()

        self.assertEqual(response.status_code, 201)
        self.assertEqual(response.json()["status"], "ok")
        session = self.session_of(response)
        self.assertEqual(
            response.json()["data"], {"sessionId": session["id"], "url": session["url"]}
        )
        self.assertEqual(
            (session["mode"], session["amount_total"], session["currency"]),
            ("subscription", 900, "eur"),
        )

    def test_takes_a_price_of_the_catalogue_instead_of_a_plan(self) -> None:
        session = self.session_of(self.check_out(price_id="price_yearly"))

        self.assertEqual(session["amount_total"], 9_000)

    def test_takes_nothing_that_is_not_sold(self) -> None:
        self.shop.control(
            "catalogue",
            prices=[
                {"id": "price_foreign", "unit_amount": 1, "currency": "eur", "interval": "year"}
            ],
        )
        for body in (
            {"plan": "premium"},
            {"price_id": "price_foreign"},
            {"price_id": "price_2025"},
            {"plan": "premium-2025"},
            {"plan": "price_monthly"},
            {"price_id": "premium-monthly"},
        ):
            with self.subTest(body=body):
                self.assert_error(self.check_out(**body), 400, "invalid_action")
        self.assertFalse(PaymentIntentRecord.objects.exists())

    def test_takes_amounts_from_nobody(self) -> None:
        body = {"plan": "premium-monthly", "amount_cents": 1, "currency": "JPY", "quantity": 0}

        session = self.session_of(self.check_out(**body))

        self.assertEqual((session["amount_total"], session["currency"]), (900, "eur"))

    def test_demands_exactly_one_thing_to_pay_for(self) -> None:
        resource = make_resource(price_cents=500)
        for body in (
            {"success_url": ""},
            {"plan": "premium-monthly", "price_id": "price_monthly"},
            {"plan": "premium-monthly", "resource_id": str(resource.pk)},
            {"plan": ""},
            {"price_id": None},
            {"resource_id": "1"},
        ):
            with self.subTest(body=body):
                self.assert_error(self.check_out(**body), 400, "validation_error")

    def test_sells_a_resource(self) -> None:
        resource = make_resource(
            title="Fractions", visibility=Visibility.PREMIUM, price_cents=1_250
        )

        session = self.session_of(self.check_out(resource_id=str(resource.pk)))

        self.assertEqual(
            (session["mode"], session["amount_total"], session["currency"]),
            ("payment", 1_250, "eur"),
        )

    def test_sells_in_a_currency_without_a_smaller_unit(self) -> None:
        resource = make_resource(price_cents=500)

        with override_settings(BILLING_CURRENCY="JPY"):
            session = self.session_of(self.check_out(resource_id=str(resource.pk)))

        self.assertEqual((session["amount_total"], session["currency"]), (500, "jpy"))

    def test_sells_no_resource_that_is_free_hidden_or_open_already(self) -> None:
        free, secret = make_resource(), make_resource(visibility=Visibility.PRIVATE)
        priced_secret = make_resource(visibility=Visibility.PRIVATE, price_cents=500)
        own = make_resource(author=self.user, price_cents=500)
        for resource_id, status, code in (
            (free.pk, 400, "invalid_action"),
            (own.pk, 400, "invalid_action"),
            (secret.pk, 404, "resource_not_found"),
            (priced_secret.pk, 404, "resource_not_found"),
            (new_id(), 404, "resource_not_found"),
        ):
            with self.subTest(code=code):
                self.assert_error(self.check_out(resource_id=str(resource_id)), status, code)
        self.sign_in(make_user(role=Role.ADMIN))
        priced = make_resource(price_cents=500)
        self.assert_error(self.check_out(resource_id=str(priced.pk)), 400, "invalid_action")

    def test_sells_nothing_twice(self) -> None:
        resource = make_resource(price_cents=500)
        make_purchase(self.user, resource)

        self.assert_error(self.check_out(resource_id=str(resource.pk)), 409, "already_purchased")

    def test_leads_subscribers_to_the_portal(self) -> None:
        make_subscription(self.user)

        self.assert_error(self.check_out(), 409, "already_subscribed")

    def test_waits_for_a_bank_debit(self) -> None:
        resource_id = str(make_resource(price_cents=500).pk)
        session_id = self.check_out(resource_id=resource_id).json()["data"]["sessionId"]
        deliver(self.shop.pay(session_id, "debit"))

        self.assert_error(self.check_out(resource_id=resource_id), 409, "payment_pending")

    def test_leads_back_to_pages_of_ours_only(self) -> None:
        done = f"{ORIGIN}/done?session={{CHECKOUT_SESSION_ID}}"

        session = self.session_of(
            self.check_out(
                plan="premium-monthly", success_url=done, cancel_url="HTTPS://APP.example.org/"
            )
        )

        self.assertEqual(session["success_url"], done)
        self.assertEqual(session["cancel_url"], "HTTPS://APP.example.org/")
        for address in (
            "https://evil.example.org/",
            "https://app.example.org.evil.example.org/",
            "https://app.example.org@evil.example.org/",
            "https://me@app.example.org/",
            "https://app.example.org:444/",
            "http://app.example.org/",
            "https://app.example.org\\@evil.example.org/",
            "https:\\\\app.example.org/",
            "https://app.example.org\t/",
            "//app.example.org/",
            "/done",
            "javascript:alert(1)",
            "https:///app.example.org/",
            "https://[app.example.org/",
            "https://app.example.org／evil/",
            "https://app.example.org%2eevil.example.org/",
            "https://app.example.org/" + "x" * 2_048,
        ):
            for field in ("success_url", "cancel_url"):
                with self.subTest(address=address, field=field):
                    response = self.check_out(**{"plan": "premium-yearly", field: address})

                    error = self.assert_error(response, 400, "validation_error")
                    self.assertIn(field, error["details"])
        self.assertEqual(PaymentIntentRecord.objects.count(), 1)

    def test_leads_back_to_the_web_client_unless_told(self) -> None:
        links = {"checkout_done": f"{ORIGIN}/done", "checkout_canceled": f"{ORIGIN}/off"}

        with override_settings(WEB_LINKS=links):
            session = self.session_of(self.check_out(plan="premium-monthly", cancel_url=""))

        self.assertEqual(
            (session["success_url"], session["cancel_url"]), (f"{ORIGIN}/done", f"{ORIGIN}/off")
        )

    @override_settings(STRIPE_SECRET_KEY="")
    def test_is_unavailable_without_a_key(self) -> None:
        self.assert_error(self.check_out(), 503, "service_unavailable")
        self.assertFalse(PaymentIntentRecord.objects.exists())

    def test_is_for_those_who_finished_their_account(self) -> None:
        self.sign_in(make_user(onboarding_step=OnboardingStep.PROFILE))
        self.assert_error(self.check_out(), 403, "onboarding_incomplete")
        self.sign_out()
        self.assert_error(self.check_out(), 401, "unauthorized")


class CheckoutStatusTests(BillingCase):
    def state_of(self, session_id: str) -> Any:
        return self.client.get(f"{CHECKOUT}{session_id}/")

    def test_tells_how_a_checkout_stands(self) -> None:
        session_id = self.check_out().json()["data"]["sessionId"]
        before = self.state_of(session_id).json()["data"]
        deliver(self.shop.pay(session_id))

        after = self.state_of(session_id).json()["data"]

        self.assertEqual(before.pop("status"), "created")
        self.assertEqual(after.pop("status"), "completed")
        self.assertEqual(before, after)
        del after["created_at"]
        self.assertEqual(
            after,
            {
                "session_id": session_id,
                "kind": "subscription",
                "plan": "premium-monthly",
                "resource_id": None,
                "amount_cents": 900,
                "currency": "EUR",
            },
        )

    def test_takes_one_query_and_one_for_the_token(self) -> None:
        session_id = self.check_out().json()["data"]["sessionId"]

        with self.assertNumQueries(2):
            self.state_of(session_id)

    def test_tells_nobody_else(self) -> None:
        session_id = self.check_out().json()["data"]["sessionId"]
        for session in ("cs_test_unknown", "x" * 300, str(new_id())):
            self.assert_error(self.state_of(session), 404, "checkout_not_found")

        self.sign_in(make_user(role=Role.SUPERADMIN))

        self.assert_error(self.state_of(session_id), 404, "checkout_not_found")

    def test_coming_back_grants_nothing(self) -> None:
        session_id = self.check_out().json()["data"]["sessionId"]
        self.shop.pay(session_id)

        self.assertEqual(self.state_of(session_id).json()["data"]["status"], "created")
        self.assertFalse(self.client.get("/api/billing/subscription/").json()["data"]["has_access"])


class PortalTests(BillingCase):
    def test_leads_a_customer_to_their_own_portal(self) -> None:
        session_id = self.check_out().json()["data"]["sessionId"]
        deliver(self.shop.pay(session_id))

        with CaptureQueriesContext(connection) as queries:
            response = self.client.post("/api/billing/portal/", {"return_url": f"{ORIGIN}/billing"})

        self.assertEqual(response.status_code, 200)
        self.assertTrue(response.json()["data"]["url"].startswith(self.shop.url))
        self.assertEqual(statements_among(queries), 2)

    def test_is_empty_for_who_never_paid(self) -> None:
        response = self.client.post("/api/billing/portal/")

        self.assert_error(response, 404, "subscription_not_found")

    def test_leads_back_to_pages_of_ours_only(self) -> None:
        self.check_out()
        body = {"return_url": "https://evil.example.org/"}

        error = self.assert_error(
            self.client.post("/api/billing/portal/", body), 400, "validation_error"
        )

        self.assertIn("return_url", error["details"])

    def test_is_empty_again_when_stripe_has_forgotten_the_customer(self) -> None:
        session = self.session_of(self.check_out())
        self.shop.delete(f"/v1/customers/{session['customer']}")

        response = self.client.post("/api/billing/portal/")

        self.assert_error(response, 404, "subscription_not_found")
        self.assertEqual(
            self.session_of(self.check_out(plan="premium-yearly"))["mode"], "subscription"
        )
