"""What tests of billing over HTTP share: a shop, and somebody who pays."""

from typing import Any

from django.test import override_settings

from api.tests.base import ApiTestCase
from application.tests.shop import ShopTestCase
from users.tests.factories import make_user

CHECKOUT = "/api/billing/checkout/"
ORIGIN = "https://app.example.org"


class BillingCase(ShopTestCase, ApiTestCase):
    """A signed-in person and a shop."""

    def setUp(self) -> None:
        super().setUp()
        self.enterContext(override_settings(BILLING_RETURN_ORIGINS=[ORIGIN]))
        self.user = make_user()
        self.sign_in(self.user)

    def check_out(self, **body: Any) -> Any:
        return self.client.post(CHECKOUT, body or {"plan": "premium-monthly"}, format="json")

    def session_of(self, response: Any) -> dict[str, Any]:
        """The session at Stripe that an answer names."""
        return self.shop.get(f"/v1/checkout/sessions/{response.json()['data']['sessionId']}")
