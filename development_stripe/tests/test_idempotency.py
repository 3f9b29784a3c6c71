"""The same key again: the same answer, or a refusal."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import stripe

from development_stripe.tests.stack import StripeTestCase, make_client, wait_until


class IdempotencyTests(StripeTestCase):
    def create(self, email: str = "a@example.com", key: str = "k1") -> stripe.Customer:
        return self.v1.customers.create({"email": email}, {"idempotency_key": key})

    def test_the_same_request_has_the_same_answer(self) -> None:
        first, second = self.create(), self.create()

        assert second.last_response
        self.assertEqual(first.id, second.id)
        self.assertEqual(second.last_response.headers["idempotent-replayed"], "true")
        self.assertEqual(len(self.v1.customers.list().data), 1)

    def test_another_request_is_refused(self) -> None:
        self.create()

        refusal = self.refusal(lambda: self.create(email="b@example.com"))

        self.assertIsInstance(refusal, stripe.IdempotencyError)
        self.assertEqual(refusal.http_status, 400)

    def test_a_refusal_is_not_kept(self) -> None:
        wrong: Any = {"colour": "red"}
        self.refusal(lambda: self.v1.customers.create(wrong, {"idempotency_key": "k1"}))

        self.assertTrue(self.create().id)

    def test_a_second_one_meanwhile_is_a_conflict(self) -> None:
        self.control("fault", kind="delay", seconds=1.5)
        first = threading.Thread(target=self.create)
        first.start()
        wait_until(lambda: not self.shown("account")["faults"], "the first one is on its way")

        refusal = self.refusal(self.create)

        self.assertEqual(refusal.http_status, 409)
        self.assertIn("in-progress request", str(refusal))
        first.join()
        self.assertEqual(len(self.v1.customers.list().data), 1)

    def test_twenty_at_once_make_one_customer(self) -> None:
        client = make_client(self.server.base, self.key, max_network_retries=5)

        def create() -> str:
            return client.v1.customers.create({}, {"idempotency_key": "k2"}).id

        with ThreadPoolExecutor(20) as pool:
            made = [one.result() for one in [pool.submit(create) for _time in range(20)]]

        self.assertEqual(len(set(made)), 1)

    def test_a_key_is_forgotten_after_a_day(self) -> None:
        first = self.create()

        self.control("advance", days=2)

        self.assertNotEqual(self.create().id, first.id)

    def test_events_name_the_request(self) -> None:
        self.create(key="the-key")

        event = self.v1.events.list().data[0]

        assert event.request
        self.assertEqual(event.request.idempotency_key, "the-key")
