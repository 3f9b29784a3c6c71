"""The development Stripe as a part of the product in development; standard library only.

It is a program of its own beside the product (`docs/development-stripe.md`): the product talks to
it over HTTP as to Stripe itself, and cannot import it.
"""

import json
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from pathlib import Path

from api.examples import demo
from devtools.postgres import CHECKOUT
from devtools.supervisor import Program

# Known to everybody, and good for nothing but the development Stripe.
KEY = "sk_test_development"
WEBHOOK_SECRET = "whsec_development"  # noqa: S105 - good for nothing, see above
PRICES = "premium-monthly price_monthly 900 USD month, premium-yearly price_yearly 9000 USD year"
_PRODUCTS = {"month": "Ressourcefy Premium, monthly", "year": "Ressourcefy Premium, yearly"}
_SECONDS = 5


@dataclass(frozen=True)
class LocalStripe:
    """A development Stripe on a port of this machine that delivers to the product at `web`."""

    port: int
    web: str
    state: Path

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def program(self) -> Program:
        """What starts it."""
        return Program(
            "stripe",
            [
                *(sys.executable, "-m", "development_stripe"),
                *("--port", str(self.port)),
                *("--state", str(self.state)),
                *("--endpoint", f"{self.web}/api/billing/webhook/"),
                *("--secret", WEBHOOK_SECRET),
                *("--key", KEY),
            ],
            directory=CHECKOUT,
        )

    def configure(self, environment: MutableMapping[str, str]) -> None:
        """Have the product talk to it, and sell something unless it sells something already."""
        environment["STRIPE_API_BASE"] = self.url
        environment["STRIPE_SECRET_KEY"] = KEY
        environment["STRIPE_WEBHOOK_SECRET"] = WEBHOOK_SECRET
        if not environment.get("BILLING_PRICES", "").strip():
            environment["BILLING_PRICES"] = PRICES

    def furnish(self, environment: Mapping[str, str]) -> bool:
        """Make there what the product sells, and what its demo has paid; False as long as it does
        not answer.
        """
        prices = [_price(entry) for entry in _entries(environment)]
        return self._control("catalogue", prices=prices) and self._control(
            "payment",
            payment_intent=demo.STRIPE_PAYMENT_INTENT,
            customer=demo.STRIPE_CUSTOMER,
            email=demo.email("buyer"),
            amount=demo.COURSE_PRICE_CENTS,
            currency=environment.get("BILLING_CURRENCY", "").strip() or "USD",
        )

    def _control(self, name: str, **body: object) -> bool:
        request = urllib.request.Request(  # noqa: S310 - our own address
            f"{self.url}/control/{name}",
            data=json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {KEY}"},
        )
        try:
            with urllib.request.urlopen(request, timeout=_SECONDS):  # noqa: S310
                return True
        except urllib.error.HTTPError:
            raise
        except OSError:
            return False

    def wait(self, environment: Mapping[str, str], *, seconds: float) -> bool:
        """Return once it answers and has the catalogue; False if that takes longer."""
        deadline = time.monotonic() + seconds
        while not self.furnish(environment):
            if time.monotonic() > deadline:
                return False
            time.sleep(0.1)
        return True


def is_wanted(environment: Mapping[str, str]) -> bool:
    """Whether the product has no Stripe of its own to talk to."""
    return not environment.get("STRIPE_SECRET_KEY", "").strip()


def _entries(environment: Mapping[str, str]) -> list[list[str]]:
    return [entry.split() for entry in environment["BILLING_PRICES"].split(",") if entry.strip()]


def _price(entry: list[str]) -> dict[str, object]:
    """An entry of BILLING_PRICES as the development Stripe takes it."""
    _key, price_id, amount, currency, interval = entry[:5]
    return {
        "id": price_id,
        "product": _PRODUCTS.get(interval, "Ressourcefy Premium"),
        "unit_amount": int(amount),
        "currency": currency.lower(),
        "interval": interval,
    }
