"""Deliveries of Stripe over HTTP: who is refused, and what is answered to copies at once."""

import http.client
import json
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from django.test import LiveServerTestCase, override_settings, tag

from api.tests.base import ApiTestCase
from application.services.billing.events import APPLIERS
from application.tests.billing import subscribe, told_types
from application.tests.shop import Delivery, Shop, ShopTestCase, signature_of
from core.models import OutboxEvent
from core.tests.races import at_once
from monetization.models import Payment, Subscription, WebhookEvent
from monetization.services.premium import has_premium
from monetization.types import StripeStatus, WebhookStatus
from users.models import User
from users.tests.factories import make_user

ADDRESS = "/api/billing/webhook/"


def an_event(**fields: Any) -> dict[str, Any]:
    """An event that nothing is made of."""
    return {
        "id": "evt_1",
        "object": "event",
        "type": "product.created",
        "created": 1_790_000_000,
        "livemode": False,
        "api_version": "2026-10-28.endive",
        "data": {"object": {"id": "prod_1", "object": "product"}},
    } | fields


class ReceivingTests(ShopTestCase, ApiTestCase):
    body: bytes

    def setUp(self) -> None:
        super().setUp()
        self.body = json.dumps(an_event()).encode()

    def test_takes_what_stripe_signed(self) -> None:
        response = self._post(self.body, self._signature())

        self.assertEqual((response.status_code, response.json()), (200, {"status": "received"}))
        self.assertEqual(WebhookEvent.objects.get().status, WebhookStatus.IGNORED)

    def test_takes_both_secrets_while_one_replaces_the_other(self) -> None:
        secrets = ["whsec_old", "whsec_new"]

        with override_settings(STRIPE_WEBHOOK_SECRET=secrets):
            answers = [
                self._post(self.body, signature_of(self.body, one)).status_code for one in secrets
            ]

        self.assertEqual(answers, [200, 200])
        self.assertEqual(WebhookEvent.objects.count(), 1)

    def test_takes_one_good_signature_of_several(self) -> None:
        good = self._signature()
        moment, _, signature = good.partition(",")

        response = self._post(self.body, f"{moment},v1={'0' * 64},v0=odd,{signature}")

        self.assertEqual(response.status_code, HTTPStatus.OK)

    def test_needs_no_session_and_minds_no_content_type(self) -> None:
        response = self._post(
            self.body,
            self._signature(),
            content_type="text/plain",
            HTTP_AUTHORIZATION="Bearer nonsense",
            HTTP_ORIGIN="https://elsewhere.example.org",
        )

        self.assertEqual(response.status_code, HTTPStatus.OK)

    def test_refuses_what_stripe_did_not_sign(self) -> None:
        good = self._signature()
        moment, signature = good.split(",")
        refused = {
            "no header": "",
            "not a signature": "nonsense",
            "no time": signature,
            "no signature": moment,
            "only an old scheme": good.replace("v1=", "v0="),
            "a time that is none": f"t=soon,{signature}",
            "another time": f"t={int(moment[2:]) + 1},{signature}",
            "another key": signature_of(self.body, "whsec_guess"),
            "an empty key": signature_of(self.body, ""),
            "the key of the API": signature_of(self.body, self.shop.key),
            "stale": signature_of(self.body, self.shop.secret, age=301),
            "cut": good[:-1],
            "upper case": f"{moment},{signature.upper()}",
            "not ASCII": f"{moment},v1=é{'0' * 63}",
            "not ASCII at all": "\u00e9\u00ff",
            "a time without end": f"t={'9' * 5_000},{signature}",
        }
        for name, header in refused.items():
            with self.subTest(name):
                self._assert_refused(self._post(self.body, header))

    def test_refuses_a_body_that_was_changed_on_the_way(self) -> None:
        for changed in (self.body.replace(b"evt_1", b"evt_2"), self.body + b" ", b""):
            with self.subTest(changed[:20]):
                self._assert_refused(self._post(changed, self._signature()))

    def test_refuses_a_body_that_is_no_event(self) -> None:
        bodies = {
            "not UTF-8": b'{"id": "evt_\xff"}',
            "UTF-16": json.dumps(an_event()).encode("utf-16"),
            "not JSON": b"id=evt_1&type=product.created",
            "nothing": b"",
            "a list": b"[]",
            "no id": json.dumps(an_event(id=None)).encode(),
            "no type": json.dumps(an_event(type=7)).encode(),
            "nested without end": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        }
        for name, body in bodies.items():
            with self.subTest(name):
                response = self._post(body, signature_of(body, self.shop.secret))

                self.assertEqual(response.status_code, HTTPStatus.BAD_REQUEST)
                self.assertIn("code", response.json()["error"])
                self.assertFalse(WebhookEvent.objects.exists())

    def test_refuses_a_body_without_measure(self) -> None:
        body = json.dumps(an_event(padding="x" * 1_048_576)).encode()

        response = self._post(body, signature_of(body, self.shop.secret))

        self.assert_error(response, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "request_too_large")
        self.assertFalse(WebhookEvent.objects.exists())

    def test_is_unavailable_without_a_secret(self) -> None:
        for secrets in ([], [""]):
            with self.subTest(secrets), override_settings(STRIPE_WEBHOOK_SECRET=secrets):
                response = self._post(self.body, signature_of(self.body, ""))

                self.assertEqual(response.status_code, HTTPStatus.SERVICE_UNAVAILABLE)
                self.assertFalse(WebhookEvent.objects.exists())

    def test_keeps_what_the_database_cannot_store_out_of_it(self) -> None:
        for name, odd in {"NUL": "\\u0000", "half a character": "\\ud83d"}.items():
            with self.subTest(name):
                text = json.dumps(an_event(id=f"evt_{len(name)}")).replace("prod_1", f"prod_{odd}")
                body = text.encode()

                response = self._post(body, signature_of(body, self.shop.secret))

                self.assertEqual(response.status_code, HTTPStatus.OK)

    def _signature(self) -> str:
        return signature_of(self.body, self.shop.secret)

    def _post(self, body: bytes, signature: str, **more: Any) -> Any:
        more = {"content_type": "application/json", "data": body} | more
        return self.client.generic("POST", ADDRESS, HTTP_STRIPE_SIGNATURE=signature, **more)

    def _assert_refused(self, response: Any) -> None:
        self.assert_error(response, HTTPStatus.BAD_REQUEST, "invalid_signature")
        self.assertFalse(WebhookEvent.objects.exists())


@tag("slow")
class CopiesAtOnceTests(LiveServerTestCase):
    """Copies of deliveries at the same moment, over HTTP, each on a connection of its own."""

    shop: Shop

    def setUp(self) -> None:
        super().setUp()
        self.shop = Shop()
        self.enterContext(self.shop.settings())

    def test_are_all_taken_and_take_effect_once(self) -> None:
        user = make_user()
        deliveries = self._of_a_subscription(user)

        answers = [
            status
            for delivery in deliveries
            for _again in range(2)
            for status in at_once([lambda one=delivery: self._post(one)] * 20)
        ]

        self.assertEqual(set(answers), {HTTPStatus.OK})
        self.assertEqual(len(answers), len(deliveries) * 40)
        self._assert_paid_once(len(deliveries))
        self.assertTrue(has_premium(user))

    def test_of_all_deliveries_at_the_same_moment_take_effect_once(self) -> None:
        user = make_user()
        deliveries = self._of_a_subscription(user)

        answers = at_once(
            [lambda one=delivery: self._post(one) for delivery in deliveries for _copy in range(4)]
        )

        self.assertEqual(set(answers), {HTTPStatus.OK})
        self._assert_paid_once(len(deliveries))
        self.assertTrue(has_premium(user))

    def _of_a_subscription(self, user: User) -> list[Delivery]:
        """What is told of a first subscription, but for types of which nothing is made."""
        told = self.shop.pay(subscribe(user).session_id)
        return [delivery for delivery in told if delivery.type in APPLIERS]

    def _assert_paid_once(self, deliveries: int) -> None:
        self.assertEqual(WebhookEvent.objects.count(), deliveries)
        self.assertEqual(Payment.objects.count(), 1)
        self.assertEqual(Subscription.objects.get().stripe_status, StripeStatus.ACTIVE)
        self.assertEqual(
            told_types(),
            [
                "billing.checkout_completed",
                "billing.payment_completed",
                "billing.subscription_activated",
            ],
        )
        self.assertFalse(OutboxEvent.objects.exclude(event_type__startswith="billing.").exists())

    def _post(self, delivery: Delivery) -> int:
        server = urlsplit(self.live_server_url)
        connection = http.client.HTTPConnection(server.hostname or "", server.port, timeout=30)
        try:
            connection.request(
                "POST", ADDRESS, delivery.body, {"Stripe-Signature": delivery.signature}
            )
            return connection.getresponse().status
        finally:
            connection.close()
