"""Made-up deliveries of Stripe for the benchmarks."""

import json
import time
from uuid import UUID

SECRET = "whsec_of_the_benchmarks"  # noqa: S105 - nobody else signs with it
PRICE = "price_bench"
#: Under which the product takes them.
ENVIRONMENT = {
    "STRIPE_WEBHOOK_SECRET": SECRET,
    "STRIPE_SECRET_KEY": "sk_test_of_the_benchmarks",
    "BILLING_PRICES": f"monthly {PRICE} 900 EUR month",
    "BILLING_CURRENCY": "EUR",
}


def session_of(label: str, number: object) -> str:
    """The id of a checkout's session."""
    return f"cs_{label}_{number}"


def completed_checkout(
    label: str, number: int, *, record: UUID, payer: UUID, api_version: str
) -> bytes:
    """The event that a checkout of a subscription was paid, with the fields that the product reads.

    Filled up to the size that such an event has.
    """
    session = {
        "id": session_of(label, number),
        "object": "checkout.session",
        "mode": "subscription",
        "payment_status": "paid",
        "amount_subtotal": 900,
        "amount_total": 900,
        "currency": "eur",
        "created": int(time.time()),
        "customer": f"cus_{label}_{number}",
        "subscription": f"sub_{label}_{number}",
        "invoice": f"in_{label}_{number}",
        "payment_intent": None,
        "metadata": {"app": "ressourcefy", "record": str(record), "user": str(payer)},
        "custom_text": {"filler": "x" * 2_000},
    }
    event = {
        "id": f"evt_{label}_{number}",
        "object": "event",
        "type": "checkout.session.completed",
        "created": int(time.time()),
        "livemode": False,
        "api_version": api_version,
        "data": {"object": session},
    }
    return json.dumps(event).encode()
