"""Many clicks at once, and a Stripe that does not answer, over HTTP."""

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.test import LiveServerTestCase, tag

from api.tests.base import access_token
from application.tests.shop import Shop
from core.tests.outbox_helpers import wait_until
from monetization.models import PaymentIntentRecord, StripeCustomer
from users.tests.factories import make_user

AT_ONCE = 10
PLAN = {"plan": "premium-monthly"}


@tag("slow")
class LiveBillingTests(LiveServerTestCase):
    def setUp(self) -> None:
        self.shop = Shop()
        self.enterContext(self.shop.settings())
        self.token = access_token(make_user())

    def send(self, path: str, body: Any = None) -> tuple[int, dict[str, Any]]:
        """The status and the body of an answer."""
        request = urllib.request.Request(
            f"{self.live_server_url}{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Authorization": f"Bearer {self.token}",
                "Content-Type": "application/json",
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    def at_once(self, number: int, send: Callable[[], Any]) -> list[Any]:
        """What each of several simultaneous calls returns."""
        start = threading.Barrier(number)

        def one() -> Any:
            start.wait()
            return send()

        with ThreadPoolExecutor(number) as pool:
            return [future.result() for future in [pool.submit(one) for _ in range(number)]]

    def test_ten_checkouts_at_once_are_one_session(self) -> None:
        self.send("/api/billing/checkout/", PLAN)
        self.token = access_token(make_user())
        self.shop.control("fault", kind="delay", seconds=0.1, times=99)

        answers = self.at_once(AT_ONCE, lambda: self.send("/api/billing/checkout/", PLAN))
        self.shop.control("fault", clear=True)

        self.assertEqual({status for status, _body in answers}, {201}, answers)
        self.assertEqual(len({body["data"]["sessionId"] for _status, body in answers}), 1)
        # One is that of the payer before, with whom all was well.
        self.assertEqual(len(self.shop.get("/v1/checkout/sessions")["data"]), 1 + 1)
        self.assertEqual(len(self.shop.get("/v1/customers")["data"]), 1 + 1)
        self.assertEqual(PaymentIntentRecord.objects.count(), 1 + 1)
        self.assertEqual(StripeCustomer.objects.count(), 1 + 1)

    def test_a_stripe_that_does_not_answer_is_said_before_it_does(self) -> None:
        self.shop.control("fault", kind="delay", seconds=9, times=99)
        answers: list[tuple[int, dict[str, Any]]] = []

        def check_out() -> None:
            answers.append(self.send("/api/billing/checkout/", PLAN))

        threads = [threading.Thread(target=check_out) for _ in range(4)]
        for thread in threads:
            thread.start()
        wait_until(PaymentIntentRecord.objects.exists)
        others = [self.send("/api/billing/subscription/") for _ in range(5)]
        self.assertLess(len(answers), len(threads), "nobody waited while the others were asked")
        for thread in threads:
            thread.join()
        self.shop.control("fault", clear=True)

        self.assertEqual({status for status, _body in others}, {200})
        # Stripe would have said yes a second later.
        for status, body in answers:
            self.assertEqual((status, body["error"]["code"]), (503, "service_unavailable"))
        # At Stripe the slow requests may still be running, with our key.
        wait_until(lambda: self.send("/api/billing/checkout/", PLAN)[0] == 201, seconds=30)
        self.assertEqual(PaymentIntentRecord.objects.count(), 1)
