"""A shop at the development Stripe: an account of its own for each test, over real HTTP.

The server is one for each process of the test run; it is started by the first test that needs it.
Deliveries are held, so that a test can take them, in any order and number.
"""

import atexit
import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import permutations
from pathlib import Path
from typing import Any
from unittest import TestCase
from urllib.parse import urlencode
from uuid import uuid4

from django.test import override_settings

from application.dto.commands import HandleStripeWebhookCommand
from application.dto.results import ProcessedWebhook
from application.use_cases.handle_stripe_webhook import HandleStripeWebhook

CHECKOUT = Path(__file__).resolve().parents[3]
MONTHLY = {
    "key": "premium-monthly",
    "price_id": "price_monthly",
    "amount_cents": 900,
    "currency": "EUR",
    "interval": "month",
    "is_offered": True,
}
YEARLY = MONTHLY | {
    "key": "premium-yearly",
    "price_id": "price_yearly",
    "amount_cents": 9_000,
    "interval": "year",
}
RETIRED = MONTHLY | {"key": "premium-2025", "price_id": "price_2025", "is_offered": False}
CATALOGUE = [MONTHLY, YEARLY, RETIRED]


@dataclass(frozen=True)
class Delivery:
    """What Stripe would post: the raw body and its signature."""

    id: str
    type: str
    body: bytes
    signature: str

    @property
    def object(self) -> dict[str, Any]:
        """What the event is about."""
        found: dict[str, Any] = json.loads(self.body)["data"]["object"]
        return found


def development_stripe() -> str:
    """The address of the development Stripe of this process; a forked one starts its own."""
    return _start(os.getpid())


@cache
def _start(_pid: int) -> str:
    process = subprocess.Popen(
        [sys.executable, "-m", "development_stripe", "--port", "0"],
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"DJANGO_DEBUG": "True"},
    )
    atexit.register(process.kill)
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line.startswith("development Stripe listening on "), line
    return line.split()[-1]


class Shop:
    """One account at the development Stripe."""

    def __init__(self) -> None:
        self.key = f"sk_test_{uuid4().hex}"
        self.secret = f"whsec_{uuid4().hex}"
        self.url = development_stripe()
        self.control("catalogue", prices=[_as_stripe_has_it(price) for price in CATALOGUE])
        self.control("endpoint", url="http://127.0.0.1:9/", secret=self.secret)
        self.control("hold", on=True)

    def settings(self, **more: Any) -> override_settings:
        """The settings under which the product talks to this shop."""
        return override_settings(
            **{
                "STRIPE_API_BASE": self.url,
                "STRIPE_SECRET_KEY": self.key,
                "STRIPE_WEBHOOK_SECRET": [self.secret],
                "STRIPE_IS_LIVE": False,
                "BILLING_PRICES": CATALOGUE,
                "BILLING_CURRENCY": "EUR",
                "BILLING_TRIAL_DAYS": 0,
            }
            | more
        )

    def control(self, name: str, **body: Any) -> dict[str, Any]:
        """Have something happen at Stripe that we do not ask for by its API."""
        return self._send("POST", f"/control/{name}", json.dumps(body).encode())

    def take(self) -> list[Delivery]:
        """What was to be delivered, in the order in which it happened; it counts as delivered."""
        return [
            Delivery(
                id=json.loads(one["body"])["id"],
                type=json.loads(one["body"])["type"],
                body=one["body"].encode(),
                signature=one["signature"],
            )
            for one in self.control("take")["data"]
        ]

    def pay(self, session_id: str, outcome: str = "paid") -> list[Delivery]:
        """What is delivered after a person has paid on Stripe's page."""
        self.control("pay", session=session_id, outcome=outcome)
        return self.take()

    def get(self, path: str) -> dict[str, Any]:
        """An answer of Stripe's API."""
        return self._send("GET", path)

    def post(self, path: str, **form: str) -> dict[str, Any]:
        """Have Stripe change something, as somebody would in its dashboard."""
        return self._send("POST", path, urlencode(form).encode())

    def delete(self, path: str) -> dict[str, Any]:
        """Have Stripe delete something, as somebody would in its dashboard."""
        return self._send("DELETE", path)

    def _send(self, method: str, path: str, body: bytes | None = None) -> dict[str, Any]:
        request = urllib.request.Request(
            f"{self.url}{path}",
            data=body,
            headers={"Authorization": f"Bearer {self.key}"},
            method=method,
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            found: dict[str, Any] = json.load(answer)
        return found


class ShopTestCase(TestCase):
    """Mixin: a shop for each test, and the settings to use it."""

    shop: Shop

    def setUp(self) -> None:
        super().setUp()
        self.shop = Shop()
        self.enterContext(self.shop.settings())


def deliver(deliveries: Iterable[Delivery]) -> list[ProcessedWebhook]:
    """Have the use case take deliveries, one after the other."""
    return [
        HandleStripeWebhook().execute(
            HandleStripeWebhookCommand(body=one.body, signature=one.signature)
        )
        for one in deliveries
    ]


def ours(deliveries: Sequence[Delivery], *types: str) -> list[Delivery]:
    """The deliveries of these types, in the order of the types."""
    return [one for wanted in types for one in deliveries if one.type == wanted]


def orders(deliveries: Sequence[Delivery]) -> Iterable[tuple[Delivery, ...]]:
    """Every order in which deliveries may come."""
    return permutations(deliveries)


def _as_stripe_has_it(price: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": price["price_id"],
        "product": price["key"],
        "unit_amount": price["amount_cents"],
        "currency": price["currency"].lower(),
        "interval": price["interval"],
    }
