"""Troubles on purpose, as the client meets them."""

import stripe

from development_stripe.tests.stack import StripeTestCase, make_client


class FaultTests(StripeTestCase):
    def test_an_error_is_over_after_its_times(self) -> None:
        self.control("fault", kind="status", status=503, times=2)

        for _time in range(2):
            self.assertEqual(self.refusal(self.make_customer).http_status, 503)

        self.assertTrue(self.make_customer().id)

    def test_a_lost_connection_changes_nothing(self) -> None:
        self.control("fault", kind="reset")

        self.assertIsInstance(self.refusal(self.make_customer), stripe.APIConnectionError)

        self.assertEqual(len(self.v1.customers.list().data), 0)

    def test_a_lost_answer_is_found_again_by_its_key(self) -> None:
        self.control("fault", kind="reset", when="after")

        self.refusal(lambda: self.v1.customers.create({}, {"idempotency_key": "k"}))
        again = self.v1.customers.create({}, {"idempotency_key": "k"})

        self.assertEqual([one.id for one in self.v1.customers.list()], [again.id])

    def test_the_client_s_own_retries_overcome_it(self) -> None:
        self.control("fault", kind="reset", when="after", method="POST")
        client = make_client(self.server.base, self.key, max_network_retries=2)

        client.v1.customers.create({})

        self.assertEqual(len(self.v1.customers.list().data), 1)

    def test_half_an_answer_is_no_answer(self) -> None:
        self.control("fault", kind="garbage")

        self.assertIsInstance(self.refusal(self.make_customer), stripe.APIError)

    def test_strike_only_where_they_should(self) -> None:
        self.control("fault", kind="status", times=5, path_prefix="/v1/prices")

        self.assertTrue(self.make_customer().id)
        self.assertEqual(self.refusal(self.v1.prices.list).http_status, 500)
        self.control("fault", clear=True)
        self.assertTrue(self.v1.prices.list().data)
