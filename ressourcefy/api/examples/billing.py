"""Examples: paying."""

from api.examples.demo import CHECKOUT_SESSION
from api.examples.example import SIGNATURE, Example

EXAMPLES = {
    "billing_plans": Example(),
    "billing_checkout": Example(
        caller="reader",
        body={
            "price_id": "price_monthly",
            "success_url": "http://localhost:3000/billing?session_id={CHECKOUT_SESSION_ID}",
            "cancel_url": "http://localhost:3000/billing",
        },
        note="In production with a price of `plans` and addresses of the web client.",
    ),
    "billing_checkout_status": Example(caller="buyer", path={"session_id": CHECKOUT_SESSION}),
    "billing_portal": Example(
        caller="buyer", body={"return_url": "http://localhost:3000/settings"}
    ),
    "billing_subscription": Example(caller="subscriber"),
    "billing_payments": Example(caller="buyer", query={"page": 1, "page_size": 20}),
    "billing_webhook": Example(
        header={"Stripe-Signature": SIGNATURE},
        body={
            "id": "evt_demo",
            "object": "event",
            "api_version": "2026-10-28.endive",
            "created": 1767225600,
            "livemode": False,
            "type": "customer.created",
            "data": {"object": {"id": "cus_demo", "object": "customer"}},
        },
        note="Stripe signs the bytes of the body with the endpoint's secret; that of `make run` is "
        "`whsec_development`.",
    ),
}
