"""The endpoints, as the real client sees them."""

import base64
import http.client

import stripe

from development_stripe.tests.stack import (
    MONTHLY,
    SMALL,
    StripeTestCase,
    make_client,
)


class KeyTests(StripeTestCase):
    def test_accounts_of_two_keys_know_nothing_of_each_other(self) -> None:
        customer = self.make_customer()
        stranger = make_client(self.server.base, f"{self.key}x")

        refusal = self.refusal(lambda: stranger.v1.customers.retrieve(customer.id))

        self.assertEqual((refusal.http_status, refusal.code), (404, "resource_missing"))

    def test_live_keys_are_refused(self) -> None:
        for key in ("sk_live_abc", "rk_live_abc", "pk_test_abc"):
            with self.subTest(key=key):
                client = make_client(self.server.base, key)

                refusal = self.refusal(lambda client=client: client.v1.customers.list())  # type: ignore[misc]

                self.assertIsInstance(refusal, stripe.AuthenticationError)

    def test_no_key_is_refused_and_basic_is_taken(self) -> None:
        basic = base64.b64encode(f"{self.key}:".encode()).decode()

        self.assertEqual(self.raw("GET", "/v1/customers", {}), 401)
        self.assertEqual(self.raw("GET", "/v1/customers", {"Authorization": f"Basic {basic}"}), 200)

    def test_other_versions_are_refused(self) -> None:
        headers = {"Authorization": f"Bearer {self.key}", "Stripe-Version": "2024-06-20"}

        self.assertEqual(self.raw("GET", "/v1/customers", headers), 400)

    def test_what_cannot_be_read_is_refused(self) -> None:
        headers = {"Authorization": f"Bearer {self.key}"}

        self.assertEqual(self.raw("POST", "/v1/customers", headers, b"\xff=1"), 400)
        too_long = headers | {"Content-Length": "2000000"}
        self.assertEqual(self.raw("POST", "/v1/customers", too_long), 413)
        self.assertEqual(self.raw("POST", "/control/pay", headers, b"{"), 400)
        self.assertEqual(self.raw("POST", "/control/pay", headers, b"1"), 400)
        self.assertEqual(self.raw("POST", "/control/catalogue", headers, b"[1]"), 400)
        self.assertEqual(
            self.raw(
                "GET", "/v1/customers", {"Authorization": "Basic §".encode().decode("latin-1")}
            ),
            401,
        )

    def test_unknown_addresses_are_refused(self) -> None:
        headers = {"Authorization": f"Bearer {self.key}"}

        self.assertEqual(self.raw("GET", "/v1/payouts", headers), 404)
        self.assertEqual(self.raw("DELETE", "/v1/prices/price_monthly", headers), 404)

    def raw(
        self, method: str, path: str, headers: dict[str, str], body: bytes | None = None
    ) -> int:
        connection = http.client.HTTPConnection(
            self.server.base.removeprefix("http://"), timeout=20
        )
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer.status


class CustomerTests(StripeTestCase):
    def test_are_made_changed_listed_and_deleted(self) -> None:
        made = self.make_customer(name="Ada", metadata={"user": "1", "old": "x"})

        changed = self.v1.customers.update(
            made.id, {"name": "Ada L.", "metadata": {"old": "", "new": "y"}}
        )
        found = self.v1.customers.list({"email": "ada@example.com"})
        deleted = self.v1.customers.delete(made.id)

        assert changed.metadata
        self.assertEqual(changed.metadata.to_dict(), {"user": "1", "new": "y"})
        self.assertEqual([one.name for one in found], ["Ada L."])
        self.assertTrue(deleted.deleted)
        self.assertEqual(len(self.v1.customers.list().data), 0)
        self.assertEqual(self.refusal(lambda: self.v1.customers.delete(made.id)).http_status, 404)
        self.assertEqual(
            self.events_since(), ["customer.created", "customer.updated", "customer.deleted"]
        )

    def test_answers_have_a_request_id(self) -> None:
        response = self.make_customer().last_response

        assert response
        self.assertRegex(str(response.request_id), r"^req_\w+$")


class CatalogueTests(StripeTestCase):
    def test_prices_have_the_ids_that_were_given(self) -> None:
        price = self.v1.prices.retrieve(MONTHLY, {"expand": ["product"]})

        assert price.recurring
        assert isinstance(price.product, stripe.Product)
        self.assertEqual((price.unit_amount, price.recurring.interval), (900, "month"))
        self.assertEqual(price.product.name, "Premium")

    def test_products_and_prices_can_be_made(self) -> None:
        product = self.v1.products.create({"name": "Course"})

        price = self.v1.prices.create(
            {
                "currency": "usd",
                "unit_amount": 1500,
                "product": product.id,
                "lookup_key": "course",
                "recurring": {"interval": "month", "interval_count": 3},
            }
        )

        self.assertEqual(
            [one.id for one in self.v1.prices.list({"lookup_keys": ["course"]})], [price.id]
        )
        self.assertEqual(
            [one.id for one in self.v1.products.list({"ids": [product.id]})], [product.id]
        )
        self.assertFalse(self.v1.prices.update(price.id, {"active": False}).active)
        self.assertEqual(self.v1.products.retrieve(product.id).name, "Course")

    def test_prices_need_an_amount_and_a_product(self) -> None:
        for given, param in (
            ({"currency": "eur", "product_data": {"name": "x"}}, "unit_amount"),
            ({"unit_amount": 5, "product_data": {"name": "x"}}, "currency"),
            ({"currency": "eur", "unit_amount": 5}, "product_data[name]"),
            ({"currency": "eur", "unit_amount": 5, "product": "prod_no"}, "product"),
        ):
            with self.subTest(given=given):
                refusal = self.refusal(lambda given=given: self.v1.prices.create(given))  # type: ignore[misc]

                assert isinstance(refusal, stripe.InvalidRequestError)
                self.assertEqual(refusal.param, param)

    def test_a_second_catalogue_changes_the_first(self) -> None:
        changed = {"id": MONTHLY, "product": "New", "unit_amount": 1000, "currency": "eur"}

        self.control("catalogue", prices=[changed | {"interval": "month"}])

        self.assertEqual(self.v1.prices.retrieve(MONTHLY).unit_amount, 1000)
        self.assertEqual(len(self.v1.prices.list().data), 4)


class SubscriptionTests(StripeTestCase):
    def test_are_listed_by_customer_and_status(self) -> None:
        ended, running = self.make_subscription(), self.make_subscription()
        self.v1.subscriptions.cancel(ended.id)
        subscriptions = self.v1.subscriptions

        self.assertEqual([one.id for one in subscriptions.list()], [running.id])
        self.assertEqual(
            [one.id for one in subscriptions.list({"status": "all"})], [running.id, ended.id]
        )
        self.assertEqual([one.id for one in subscriptions.list({"status": "canceled"})], [ended.id])
        self.assertEqual(
            len(subscriptions.list({"customer": str(ended.customer), "status": "all"}).data), 1
        )
        self.assertEqual(len(subscriptions.list({"price": SMALL}).data), 0)

    def test_take_metadata(self) -> None:
        subscription = self.make_subscription()

        changed = self.v1.subscriptions.update(subscription.id, {"metadata": {"k": "v"}})

        self.assertEqual(changed.metadata.to_dict(), {"k": "v"})

    def test_can_be_given_a_day_to_end(self) -> None:
        subscription = self.make_subscription()
        moment = subscription.created + 5 * 86_400

        changed = self.v1.subscriptions.update(subscription.id, {"cancel_at": moment})
        self.control("advance", days=6)

        self.assertEqual(changed.cancel_at, moment)
        self.assertEqual(self.v1.subscriptions.retrieve(subscription.id).ended_at, moment)

    def test_refuse_items_that_are_not_theirs(self) -> None:
        subscription = self.make_subscription()

        refusal = self.refusal(
            lambda: self.v1.subscriptions.update(
                subscription.id, {"items": [{"id": "si_x", "price": SMALL}]}
            )
        )

        self.assertEqual(refusal.code, "resource_missing")

    def test_expand_through_to_the_charge(self) -> None:
        subscription = self.make_subscription()

        found = self.v1.subscriptions.retrieve(
            subscription.id,
            {"expand": ["customer", "latest_invoice.payments", "items.data.price.product"]},
        )

        assert isinstance(found.customer, stripe.Customer)
        assert isinstance(found.latest_invoice, stripe.Invoice)
        assert found.latest_invoice.payments
        self.assertEqual(found.customer.email, "ada@example.com")
        self.assertEqual(len(found.latest_invoice.payments.data), 1)
        product = found["items"].data[0].price.product
        assert isinstance(product, stripe.Product)
        self.assertEqual(product.name, "Premium")
        refusal = self.refusal(
            lambda: self.v1.subscriptions.retrieve(subscription.id, {"expand": ["status"]})
        )
        self.assertEqual(refusal.http_status, 400)


class InvoiceTests(StripeTestCase):
    def test_can_be_paid_and_made_void(self) -> None:
        subscription = self.make_subscription()
        self.control("card", customer=subscription.customer, works=False)
        first = str(self.control("renew", subscription=subscription.id)["latest_invoice"])
        declined = self.refusal(lambda: self.v1.invoices.pay(first))
        self.control("card", customer=subscription.customer, works=True)

        paid = self.v1.invoices.pay(first)

        self.assertIsInstance(declined, stripe.CardError)
        self.assertEqual(paid.status, "paid")
        self.assertEqual(
            self.refusal(lambda: self.v1.invoices.void_invoice(first)).http_status, 400
        )
        self.assertEqual(len(self.v1.invoices.list({"subscription": subscription.id}).data), 2)


class ListTests(StripeTestCase):
    def test_have_pages_newest_first(self) -> None:
        made = [self.make_customer().id for _ in range(5)]

        first = self.v1.customers.list({"limit": 2})
        second = self.v1.customers.list({"limit": 2, "starting_after": first.data[-1].id})
        before = self.v1.customers.list({"limit": 2, "ending_before": second.data[0].id})
        everything = [one.id for one in self.v1.customers.list({"limit": 2}).auto_paging_iter()]

        self.assertEqual([one.id for one in first], made[:2:-1])
        self.assertTrue(first.has_more)
        self.assertEqual([one.id for one in before], [one.id for one in first])
        self.assertEqual(everything, made[::-1])

    def test_refuse_wrong_limits(self) -> None:
        for limit in (0, 101, -1):
            with self.subTest(limit=limit):
                refusal = self.refusal(lambda limit=limit: self.v1.customers.list({"limit": limit}))  # type: ignore[misc]

                self.assertEqual(refusal.code, "parameter_invalid_integer")

    def test_of_events_are_filtered_by_type_and_time(self) -> None:
        self.make_charge()
        events = self.v1.events
        newest = events.list().data[0]

        self.assertEqual(
            [one.type for one in events.list({"type": "charge.*"})], ["charge.succeeded"]
        )
        chosen = events.list({"types": ["customer.created", "charge.succeeded"]})
        self.assertEqual(len(chosen.data), 2)
        self.assertEqual(len(events.list({"created": {"gt": newest.created}}).data), 0)
        self.assertEqual(events.retrieve(newest.id).type, newest.type)


class EndpointTests(StripeTestCase):
    def test_show_their_secret_once(self) -> None:
        made = self.v1.webhook_endpoints.create(
            {"url": "https://shop.example.com/hook", "enabled_events": ["invoice.paid"]}
        )

        found = self.v1.webhook_endpoints.retrieve(made.id)
        changed = self.v1.webhook_endpoints.update(made.id, {"disabled": True})
        listed = self.v1.webhook_endpoints.list()
        self.v1.webhook_endpoints.delete(made.id)

        self.assertRegex(str(made.secret), r"^whsec_\w{32}$")
        self.assertNotIn("secret", found)
        self.assertEqual((found.api_version, changed.status), (stripe.api_version, "disabled"))
        self.assertEqual(len(listed.data), 1)
        self.assertEqual(len(self.v1.webhook_endpoints.list().data), 0)
