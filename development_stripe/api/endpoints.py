"""The table of all endpoints below `/v1/`, and the way of a request through it."""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass

from development_stripe.api import catalogue, checkout, customers, known, payments, subscriptions
from development_stripe.errors import StripeError
from development_stripe.expanding import expanded
from development_stripe.messages import Thing
from development_stripe.parameters import EXPAND, LISTED, PAGING, checked
from development_stripe.periods import DAY
from development_stripe.store import Account


@dataclass(frozen=True)
class Endpoint:
    """What answers a method on a path, and the parameters that it knows and needs."""

    method: str
    path: str
    answer: Callable[..., Thing]
    known: Thing
    needs: tuple[str, ...] = ()

    @property
    def pattern(self) -> re.Pattern[str]:
        return re.compile(self.path.replace("{id}", "([A-Za-z0-9_-]{1,255})"))


def get(path: str, answer: Callable[..., Thing], names: Thing = EXPAND) -> Endpoint:
    return Endpoint("GET", path, answer, names)


def post(path: str, answer: Callable[..., Thing], names: Thing = EXPAND, *needs: str) -> Endpoint:
    return Endpoint("POST", path, answer, names, needs)


def delete(path: str, answer: Callable[..., Thing], names: Thing | None = None) -> Endpoint:
    return Endpoint("DELETE", path, answer, names or {})


ENDPOINTS = (
    post("/v1/customers", customers.create, known.CUSTOMER_CREATE),
    get("/v1/customers", customers.listed, known.CUSTOMER_LIST),
    get("/v1/customers/{id}", customers.retrieve),
    post("/v1/customers/{id}", customers.update, known.CUSTOMER_UPDATE),
    delete("/v1/customers/{id}", customers.delete),
    post("/v1/products", catalogue.create_product, known.PRODUCT_CREATE, "name"),
    get("/v1/products", catalogue.listed_products, known.PRODUCT_LIST),
    get("/v1/products/{id}", catalogue.retrieve_product),
    post("/v1/prices", catalogue.create_price, known.PRICE_CREATE, "currency"),
    get("/v1/prices", catalogue.listed_prices, known.PRICE_LIST),
    get("/v1/prices/{id}", catalogue.retrieve_price),
    post("/v1/prices/{id}", catalogue.update_price, known.PRICE_UPDATE),
    post("/v1/coupons", catalogue.create_coupon, known.COUPON_CREATE),
    get("/v1/coupons", catalogue.listed_coupons, LISTED),
    get("/v1/coupons/{id}", catalogue.retrieve_coupon),
    post("/v1/checkout/sessions", checkout.create, known.SESSION_CREATE, "mode"),
    get("/v1/checkout/sessions", checkout.listed, known.SESSION_LIST),
    get("/v1/checkout/sessions/{id}", checkout.retrieve),
    post("/v1/checkout/sessions/{id}", checkout.update, known.SESSION_UPDATE),
    post("/v1/checkout/sessions/{id}/expire", checkout.expire),
    get("/v1/checkout/sessions/{id}/line_items", checkout.line_items, PAGING),
    post(
        "/v1/billing_portal/sessions",
        customers.create_portal_session,
        known.PORTAL_CREATE,
        "customer",
    ),
    get("/v1/subscriptions", subscriptions.listed, known.SUBSCRIPTION_LIST),
    get("/v1/subscriptions/{id}", subscriptions.retrieve),
    post("/v1/subscriptions/{id}", subscriptions.update, known.SUBSCRIPTION_UPDATE),
    delete("/v1/subscriptions/{id}", subscriptions.cancel, known.SUBSCRIPTION_CANCEL),
    post("/v1/subscriptions/{id}/resume", subscriptions.resume, known.SUBSCRIPTION_RESUME),
    get("/v1/invoices", payments.listed_invoices, known.INVOICE_LIST),
    get("/v1/invoices/{id}", payments.retrieve_invoice),
    post("/v1/invoices/{id}/pay", payments.pay_invoice, known.INVOICE_PAY),
    post("/v1/invoices/{id}/void", payments.void_invoice),
    get("/v1/invoice_payments", payments.listed_invoice_payments, known.INVOICE_PAYMENT_LIST),
    get("/v1/invoice_payments/{id}", payments.retrieve_invoice_payment),
    get("/v1/payment_intents", payments.listed_intents, known.INTENT_LIST),
    get("/v1/payment_intents/{id}", payments.retrieve_intent),
    get("/v1/charges", payments.listed_charges, known.CHARGE_LIST),
    get("/v1/charges/{id}", payments.retrieve_charge),
    post("/v1/refunds", payments.create_refund, known.REFUND_CREATE),
    get("/v1/refunds", payments.listed_refunds, known.OF_CHARGE),
    get("/v1/refunds/{id}", payments.retrieve_refund),
    post("/v1/refunds/{id}", payments.update_refund, known.REFUND_UPDATE),
    get("/v1/disputes", payments.listed_disputes, known.OF_CHARGE),
    get("/v1/disputes/{id}", payments.retrieve_dispute),
    get("/v1/events", payments.listed_events, known.EVENT_LIST),
    get("/v1/events/{id}", payments.retrieve_event),
    post(
        "/v1/webhook_endpoints",
        customers.create_endpoint,
        known.ENDPOINT_CREATE,
        "url",
        "enabled_events",
    ),
    get("/v1/webhook_endpoints", customers.listed_endpoints, known.ENDPOINT_LIST),
    get("/v1/webhook_endpoints/{id}", customers.retrieve_endpoint),
    post("/v1/webhook_endpoints/{id}", customers.update_endpoint, known.ENDPOINT_UPDATE),
    delete("/v1/webhook_endpoints/{id}", customers.delete_endpoint),
)
PATTERNS = tuple((one, one.pattern) for one in ENDPOINTS)


def answer(account: Account, method: str, path: str, given: Thing) -> Thing:
    """What an endpoint says to the parameters; raises StripeError."""
    for endpoint, pattern in PATTERNS:
        match = pattern.fullmatch(path)
        if match and endpoint.method == method:
            values = checked(given, endpoint.known, needs=endpoint.needs)
            thing = endpoint.answer(account, values, *match.groups())
            return expanded(account, thing, values.get("expand", []))
    raise StripeError(
        f"Unrecognized request URL ({method}: {path}). The development Stripe has a part of"
        " Stripe's API only.",
        status=404,
    )


def fingerprint(method: str, path: str, given: Thing) -> str:
    """The same for the same request."""
    text = json.dumps([method, path, given], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def kept_answer(account: Account, key: str, mark: str) -> Thing | None:
    """What was answered to a request with this idempotency key; raises StripeError."""
    for old in [old for old, one in account.answers.items() if one["until"] < account.now()]:
        del account.answers[old]
    if key in account.running:
        raise StripeError(
            "There is currently another in-progress request using this Idempotent Key.",
            status=409,
            code="idempotency_key_in_use",
            kind="idempotency_error",
        )
    known_answer = account.answers.get(key)
    if known_answer and known_answer["fingerprint"] != mark:
        raise StripeError(
            "Keys for idempotent requests can only be used with the same parameters they were"
            f" first used with. Try using a key other than '{key}'.",
            kind="idempotency_error",
        )
    return known_answer


def keep_answer(account: Account, key: str, mark: str, body: Thing) -> None:
    """For a day of the account's clock."""
    account.answers[key] = {"fingerprint": mark, "body": body, "until": account.now() + DAY}
