"""`/v1/invoices`, `/v1/invoice_payments`, `/v1/payment_intents`, `/v1/charges`, `/v1/refunds`,
`/v1/disputes` and `/v1/events`.
"""

from development_stripe.errors import StripeError, missing_parameter
from development_stripe.life import invoices as invoice_life
from development_stripe.life import refunds
from development_stripe.life import subscriptions as subscription_life
from development_stripe.lists import matching, page_of
from development_stripe.messages import Thing
from development_stripe.parameters import merged_metadata
from development_stripe.store import Account


def retrieve_invoice(account: Account, values: Thing, identifier: str) -> Thing:
    return account.get("invoice", identifier)


def listed_invoices(account: Account, values: Thing) -> Thing:
    found = matching(account.all("invoice"), values, "collection_method", "customer", "status")
    if "subscription" in values:
        found = [
            one for one in found if subscription_life.subscription_of(one) == values["subscription"]
        ]
    return page_of(found, values, url="/v1/invoices")


def pay_invoice(account: Account, values: Thing, identifier: str) -> Thing:
    """One try now, with the customer's card."""
    invoice = account.get("invoice", identifier)
    invoice_life.refuse_closed(invoice)
    if not account.note(invoice["customer"]).get("works", True):
        subscription = account.find(subscription_life.subscription_of(invoice) or "")
        if subscription:
            subscription_life.collect(account, subscription, invoice)
        raise StripeError(
            "Your card was declined.", status=402, code="card_declined", kind="card_error"
        )
    invoice_life.pay(account, invoice)
    subscription_life.after_payment(account, invoice)
    return invoice


def void_invoice(account: Account, values: Thing, identifier: str) -> Thing:
    invoice = account.get("invoice", identifier)
    invoice_life.refuse_closed(invoice)
    invoice_life.give_up(account, invoice, status="void")
    return invoice


def retrieve_invoice_payment(account: Account, values: Thing, identifier: str) -> Thing:
    return account.get("invoice_payment", identifier)


def listed_invoice_payments(account: Account, values: Thing) -> Thing:
    found = matching(account.all("invoice_payment"), values, "invoice", "status")
    if payment := values.get("payment"):
        wanted = payment.get("payment_intent")
        found = [one for one in found if one["payment"].get("payment_intent") == wanted]
    return page_of(found, values, url="/v1/invoice_payments")


def retrieve_intent(account: Account, values: Thing, identifier: str) -> Thing:
    return account.get("payment_intent", identifier)


def listed_intents(account: Account, values: Thing) -> Thing:
    found = matching(account.all("payment_intent"), values, "customer")
    return page_of(found, values, url="/v1/payment_intents")


def retrieve_charge(account: Account, values: Thing, identifier: str) -> Thing:
    return account.get("charge", identifier)


def listed_charges(account: Account, values: Thing) -> Thing:
    found = matching(account.all("charge"), values, "customer", "payment_intent")
    return page_of(found, values, url="/v1/charges")


def create_refund(account: Account, values: Thing) -> Thing:
    return refunds.refund(
        account, charge_of(account, values), amount=values.get("amount"), given=values
    )


def charge_of(account: Account, values: Thing) -> Thing:
    """The charge that is named, or the last one of the payment intent that is."""
    if values.get("charge"):
        return account.get("charge", values["charge"], "charge")
    if not values.get("payment_intent"):
        raise missing_parameter("payment_intent")
    intent = account.get("payment_intent", values["payment_intent"], "payment_intent")
    if intent["latest_charge"] is None:
        raise StripeError(
            f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.",
            param="payment_intent",
        )
    return account.get("charge", intent["latest_charge"])


def retrieve_refund(account: Account, values: Thing, identifier: str) -> Thing:
    return account.get("refund", identifier)


def update_refund(account: Account, values: Thing, identifier: str) -> Thing:
    made = account.get("refund", identifier)
    if "metadata" in values:
        made["metadata"] = merged_metadata(made["metadata"], values["metadata"])
    return made


def listed_refunds(account: Account, values: Thing) -> Thing:
    found = matching(account.all("refund"), values, "charge", "payment_intent")
    return page_of(found, values, url="/v1/refunds")


def retrieve_dispute(account: Account, values: Thing, identifier: str) -> Thing:
    return account.get("dispute", identifier)


def listed_disputes(account: Account, values: Thing) -> Thing:
    found = matching(account.all("dispute"), values, "charge", "payment_intent")
    return page_of(found, values, url="/v1/disputes")


def retrieve_event(account: Account, values: Thing, identifier: str) -> Thing:
    return account.get("event", identifier)


def listed_events(account: Account, values: Thing) -> Thing:
    if "type" in values and "types" in values:
        raise StripeError("Give only one of type and types.", param="type")
    kinds = values.get("types") or ([values["type"]] if "type" in values else [])
    found = account.all("event")
    if kinds:
        found = [one for one in found if any(_is_kind(one["type"], kind) for kind in kinds)]
    if "delivery_success" in values:
        wanted = values["delivery_success"]
        found = [one for one in found if (one["pending_webhooks"] == 0) == wanted]
    return page_of(found, values, url="/v1/events")


def _is_kind(kind: str, wanted: str) -> bool:
    """`charge.*` stands for all that begin so."""
    if wanted.endswith("*"):
        return kind.startswith(wanted[:-1])
    return kind == wanted
