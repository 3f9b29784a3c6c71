"""Checkout sessions: made, refused, found, expired."""

from typing import Any

import stripe

from development_stripe.tests.stack import (
    MONTHLY,
    ONCE,
    YEARLY,
    StripeTestCase,
)


class SessionTests(StripeTestCase):
    def test_are_hosted_by_default(self) -> None:
        session = self.make_session(client_reference_id="r-1", metadata={"a": "b"})

        self.assertEqual((session.ui_mode, session.status), ("hosted_page", "open"))
        self.assertTrue(str(session.url).startswith(f"{self.server.base}/pay/cs_test_"))
        self.assertEqual((session.amount_total, session.currency), (900, "eur"))
        self.assertEqual(session.client_reference_id, "r-1")
        items = self.v1.checkout.sessions.line_items.list(session.id)
        self.assertEqual([one.description for one in items], ["Premium"])
        with_items = self.v1.checkout.sessions.retrieve(session.id, {"expand": ["line_items"]})
        assert with_items.line_items
        self.assertEqual(len(with_items.line_items.data), 1)

    def test_take_prices_that_are_made_for_them(self) -> None:
        data = {"currency": "jpy", "unit_amount": 500, "product_data": {"name": "A page"}}

        session = self.make_session(ONCE, line_items=[{"price_data": data, "quantity": 2}])

        self.assertEqual((session.amount_subtotal, session.currency), (1000, "jpy"))

    def test_refuse_what_stripe_refuses(self) -> None:
        price = [{"price": MONTHLY, "quantity": 1}]
        cases: list[tuple[dict[str, Any], str | None, str | None]] = [
            ({"payment_method_types": ["card"]}, "parameter_unknown", "payment_method_types"),
            ({"colour": "red"}, "parameter_unknown", "colour"),
            ({"subscription_data": {"x": "y"}}, "parameter_unknown", "subscription_data[x]"),
            ({"mode": ""}, "parameter_invalid", "mode"),
            ({"mode": "setup"}, "parameter_invalid", "mode"),
            ({"line_items": []}, "parameter_missing", "line_items"),
            ({"line_items": [{"price": MONTHLY}]}, "parameter_missing", "line_items[0][quantity]"),
            (
                {"line_items": [{"price": "price_x", "quantity": 1}]},
                "resource_missing",
                "line_items[0][price]",
            ),
            (
                {"line_items": [{"price": MONTHLY, "quantity": "x"}]},
                "parameter_invalid_integer",
                "line_items[0][quantity]",
            ),
            ({"line_items": [*price, {"price": YEARLY, "price_data": {}}]}, None, None),
            ({"customer": "cus_none"}, "resource_missing", "customer"),
            ({"customer_email": "a@example.com"}, None, "customer"),
            ({"payment_intent_data": {"description": "x"}}, None, "payment_intent_data"),
            ({"success_url": "javascript:alert(1)"}, "url_invalid", "success_url"),
            ({"success_url": ""}, "url_invalid", "success_url"),
            ({"expires_at": 5}, None, "expires_at"),
            ({"mode": "payment"}, None, "mode"),
            ({"metadata": {"a": "x" * 501}}, "parameter_invalid", "metadata"),
        ]
        for given, code, param in cases:
            with self.subTest(given=given):
                refusal = self.refusal(lambda given=given: self.make_session(**given))  # type: ignore[misc]

                assert isinstance(refusal, stripe.InvalidRequestError)
                self.assertEqual(refusal.http_status, 400)
                if code or param:
                    self.assertEqual((refusal.code, refusal.param), (code, param))

    def test_need_a_mode_and_an_address_to_return_to(self) -> None:
        items: Any = [{"price": MONTHLY, "quantity": 1}]

        for given in (
            {"line_items": items, "success_url": "https://x.example"},
            {"mode": "subscription", "line_items": items},
        ):
            with self.subTest(given=given):
                refusal = self.refusal(lambda given=given: self.v1.checkout.sessions.create(given))  # type: ignore[misc]

                self.assertEqual(refusal.code, "parameter_missing")

    def test_are_found_by_what_they_led_to(self) -> None:
        first = self.control("pay", session=self.make_session().id)
        second = self.control("pay", session=self.make_session(ONCE).id)
        self.make_session()
        sessions = self.v1.checkout.sessions

        by_subscription = sessions.list({"subscription": first["subscription"]})
        by_intent = sessions.list({"payment_intent": second["payment_intent"]})
        by_customer = sessions.list({"customer": first["customer"], "status": "complete"})

        self.assertEqual([one.id for one in by_subscription], [first["id"]])
        self.assertEqual([one.id for one in by_intent], [second["id"]])
        self.assertEqual([one.id for one in by_customer], [first["id"]])
        self.assertEqual(len(sessions.list({"status": "open"}).data), 1)

    def test_expire_once(self) -> None:
        session = self.make_session()

        expired = self.v1.checkout.sessions.expire(session.id)

        self.assertEqual((expired.status, expired.url), ("expired", None))
        self.assertEqual(self.events_since()[-1], "checkout.session.expired")
        again = self.refusal(lambda: self.v1.checkout.sessions.expire(session.id))
        self.assertEqual(again.http_status, 400)

    def test_make_a_customer_where_none_is_given(self) -> None:
        session = self.make_session(customer=None, customer_email="new@example.com")

        paid = self.control("pay", session=session.id)

        self.assertEqual(self.v1.customers.retrieve(paid["customer"]).email, "new@example.com")
