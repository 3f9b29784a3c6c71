"""`/v1/customers`, `/v1/billing_portal/sessions` and `/v1/webhook_endpoints`."""

from development_stripe.errors import StripeError
from development_stripe.life import subscriptions
from development_stripe.life.events import change, emit
from development_stripe.lists import matching, page_of
from development_stripe.messages import Thing
from development_stripe.objects import customers
from development_stripe.parameters import merged_metadata
from development_stripe.store import Account, new_id

CHANGEABLE = ("address", "balance", "description", "email", "name", "phone", "preferred_locales")


def create(account: Account, values: Thing) -> Thing:
    customer = account.add(customers.customer(account, values))
    emit(account, "customer.created", customer)
    return customer


def retrieve(account: Account, values: Thing, identifier: str) -> Thing:
    """A deleted customer is still there, as a stub."""
    return account.get("customer", identifier)


def update(account: Account, values: Thing, identifier: str) -> Thing:
    customer = living(account, identifier)
    changes = {name: values[name] or None for name in CHANGEABLE if name in values}
    if "balance" in values:
        changes["balance"] = values["balance"]
    if "metadata" in values:
        changes["metadata"] = merged_metadata(customer["metadata"], values["metadata"])
    change(account, customer, "customer.updated", **changes)
    return customer


def delete(account: Account, values: Thing, identifier: str) -> Thing:
    """Ends the customer's subscriptions at once."""
    customer = living(account, identifier)
    for subscription in account.all("subscription"):
        ended = subscription["status"] in subscriptions.OVER
        if subscription["customer"] == identifier and not ended:
            subscriptions.end(account, subscription)
    emit(account, "customer.deleted", customer)
    stub = {"id": identifier, "object": "customer", "deleted": True}
    account.objects["customer"][identifier] = stub
    return stub


def listed(account: Account, values: Thing) -> Thing:
    living_ones = [one for one in account.all("customer") if not one.get("deleted")]
    return page_of(matching(living_ones, values, "email"), values, url="/v1/customers")


def living(account: Account, identifier: str, param: str = "id") -> Thing:
    """Raises StripeError also for a customer that was deleted."""
    customer = account.get("customer", identifier, param)
    if customer.get("deleted"):
        raise StripeError(
            f"No such customer: '{identifier}'",
            status=404 if param == "id" else 400,
            code="resource_missing",
            param=param,
        )
    return customer


def create_portal_session(account: Account, values: Thing) -> Thing:
    customer = living(account, values["customer"], "customer")
    return account.add(customers.portal_session(account, customer=customer["id"], given=values))


def create_endpoint(account: Account, values: Thing) -> Thing:
    """The only answer that shows the secret."""
    endpoint = account.add(customers.webhook_endpoint(account, values), secret=new_id("whsec", 32))
    return endpoint | {"secret": account.note(endpoint["id"])["secret"]}


def retrieve_endpoint(account: Account, values: Thing, identifier: str) -> Thing:
    return account.get("webhook_endpoint", identifier)


def update_endpoint(account: Account, values: Thing, identifier: str) -> Thing:
    endpoint = account.get("webhook_endpoint", identifier)
    endpoint |= {
        name: values[name] for name in ("description", "enabled_events", "url") if name in values
    }
    if "metadata" in values:
        endpoint["metadata"] = merged_metadata(endpoint["metadata"], values["metadata"])
    if "disabled" in values:
        endpoint["status"] = "disabled" if values["disabled"] else "enabled"
    return endpoint


def delete_endpoint(account: Account, values: Thing, identifier: str) -> Thing:
    account.get("webhook_endpoint", identifier)
    del account.objects["webhook_endpoint"][identifier]
    return {"id": identifier, "object": "webhook_endpoint", "deleted": True}


def listed_endpoints(account: Account, values: Thing) -> Thing:
    return page_of(account.all("webhook_endpoint"), values, url="/v1/webhook_endpoints")
