"""Control calls that let something happen: payments, renewals, refunds, disputes, time."""

from development_stripe import faults
from development_stripe.api.payments import charge_of
from development_stripe.control.values import flag, number, optional_number, text
from development_stripe.errors import invalid_value
from development_stripe.life import clock, disputes, events, refunds, sessions, subscriptions
from development_stripe.life import invoices as invoice_life
from development_stripe.messages import Thing
from development_stripe.objects import catalogue, customers, payments
from development_stripe.store import Account, new_id

PRESET_ENDPOINT = "we_preset"
LONGEST_JUMP = 10 * 366 * 86_400


def make_catalogue(account: Account, body: Thing) -> Thing:
    """Prices under given ids, each with a product; those that are there already are changed."""
    prices = body.get("prices")
    if not isinstance(prices, list) or not all(isinstance(one, dict) for one in prices):
        raise invalid_value("prices", "prices has to be a list of objects.")
    return {"data": [_price(account, one) for one in prices]}


def _price(account: Account, given: Thing) -> Thing:
    identifier = text(given, "id")
    product_id = f"prod_{identifier.removeprefix('price_')}"
    name = text(given, "product", identifier)
    account.add(catalogue.product(account, name=name, identifier=product_id))
    interval = given.get("interval")
    made = account.add(
        catalogue.price(
            account,
            product=product_id,
            unit_amount=number(given, "unit_amount"),
            currency=text(given, "currency").lower(),
            recurring=(
                catalogue.recurring(interval, number(given, "interval_count", 1))
                if interval
                else None
            ),
            identifier=identifier,
            lookup_key=given.get("lookup_key"),
        )
    )
    account.objects["product"][product_id]["default_price"] = identifier
    return made


def make_payment(account: Account, body: Thing) -> Thing:
    """A customer and a payment of theirs under given ids, long past: no event tells of it.

    What is there already stays as it is.
    """
    identifier, customer_id = text(body, "payment_intent"), text(body, "customer")
    email = text(body, "email")
    intents = account.objects.setdefault("payment_intent", {})
    if identifier not in intents:
        customer = customers.customer(account, {"email": email}) | {"id": customer_id}
        account.add(customer)
        intent = payments.payment_intent(
            account,
            amount=number(body, "amount"),
            currency=text(body, "currency").lower(),
            customer=customer_id,
            metadata={},
            description=None,
        )
        intent |= {"id": identifier, "status": "succeeded", "amount_received": intent["amount"]}
        charge = account.add(
            payments.charge(account, intent=intent, method="card", status="succeeded", email=email)
        )
        account.add(intent | {"latest_charge": charge["id"]})
    return intents[identifier]


def set_endpoint(account: Account, body: Thing) -> Thing:
    """A webhook endpoint whose secret the caller chooses; the same id replaces it."""
    identifier = text(body, "id", PRESET_ENDPOINT)
    secret = text(body, "secret", new_id("whsec", 32))
    endpoint = account.add(
        customers.webhook_endpoint(
            account,
            {"url": text(body, "url"), "enabled_events": body.get("enabled_events")},
            identifier=identifier,
        ),
        secret=secret,
    )
    return endpoint | {"secret": secret}


def pay(account: Account, body: Thing) -> Thing:
    session = account.get("checkout.session", text(body, "session"), "session")
    sessions.pay(account, session, text(body, "outcome", "paid"))
    return session


def settle_debit(account: Account, body: Thing) -> Thing:
    session = account.get("checkout.session", text(body, "session"), "session")
    succeeds = flag(body, "succeeds") if "succeeds" in body else None
    sessions.settle_debit(account, session, succeeds=succeeds)
    return session


def expire(account: Account, body: Thing) -> Thing:
    session = account.get("checkout.session", text(body, "session"), "session")
    sessions.expire(account, session)
    return session


def renew(account: Account, body: Thing) -> Thing:
    subscription = _subscription(account, body)
    clock.renew(account, subscription)
    return subscription


def end(account: Account, body: Thing) -> Thing:
    subscription = _subscription(account, body)
    subscriptions.end(account, subscription)
    return subscription


def set_status(account: Account, body: Thing) -> Thing:
    """A status that is hard to reach otherwise, such as unpaid or incomplete_expired."""
    subscription = _subscription(account, body)
    subscriptions.refuse_ended(subscription)
    status = text(body, "status")
    if status == "canceled":
        subscriptions.end(account, subscription)
    else:
        subscriptions.update(account, subscription, status=status)
    return subscription


def cancel_at_period_end(account: Account, body: Thing) -> Thing:
    """As in the portal: `cancel_at` only."""
    subscription = _subscription(account, body)
    if flag(body, "on", default=True):
        moment = subscriptions.current_end(subscription)
        subscriptions.schedule_end(account, subscription, moment, at_period_end=False)
    else:
        subscriptions.keep(account, subscription)
    return subscription


def change_plan(account: Account, body: Thing) -> Thing:
    subscription = _subscription(account, body)
    item = subscriptions.first_item(subscription)
    subscriptions.change_price(
        account,
        subscription,
        item,
        price=account.get("price", text(body, "price"), "price"),
        quantity=item["quantity"],
        prorations=text(body, "proration_behavior", "always_invoice"),
    )
    return subscription


def set_card(account: Account, body: Thing) -> Thing:
    """Whether the customer's next payments succeed, or need something of the customer."""
    customer = account.get("customer", text(body, "customer"), "customer")
    note = account.note(customer["id"])
    note["works"] = flag(body, "works", default=True)
    note["needs_action"] = flag(body, "needs_action")
    if note["needs_action"]:
        note["works"] = False
    return {"customer": customer["id"], **note}


def pay_invoice(account: Account, body: Thing) -> Thing:
    """What the hosted invoice page does: pay with a card that works from now on."""
    invoice = account.get("invoice", text(body, "invoice"), "invoice")
    invoice_life.refuse_closed(invoice)
    account.note(invoice["customer"]).update(works=True, needs_action=False)
    invoice_life.pay(account, invoice)
    subscriptions.after_payment(account, invoice)
    return invoice


def advance(account: Account, body: Thing) -> Thing:
    seconds = number(body, "seconds", 0) + number(body, "days", 0) * 86_400
    if not 0 < seconds <= LONGEST_JUMP:
        raise invalid_value("seconds", "The clock goes forward, by ten years at most.")
    clock.advance(account, seconds)
    return {"now": account.now(), "offset": account.offset}


def refund(account: Account, body: Thing) -> Thing:
    """Part of a payment or all of it; `fails` lets the bank send it back afterwards."""
    made = refunds.refund(
        account, charge_of(account, body), amount=optional_number(body, "amount"), given={}
    )
    if flag(body, "fails"):
        refunds.fail(account, made)
    return made


def fail_refund(account: Account, body: Thing) -> Thing:
    made = account.get("refund", text(body, "refund"), "refund")
    refunds.fail(account, made)
    return made


def dispute(account: Account, body: Thing) -> Thing:
    return disputes.dispute(
        account,
        charge_of(account, body),
        reason=text(body, "reason", "fraudulent"),
        amount=optional_number(body, "amount"),
        inquiry=flag(body, "inquiry"),
    )


def answer_dispute(account: Account, body: Thing) -> Thing:
    made = account.get("dispute", text(body, "dispute"), "dispute")
    disputes.answer(account, made)
    return made


def close_dispute(account: Account, body: Thing) -> Thing:
    made = account.get("dispute", text(body, "dispute"), "dispute")
    disputes.close(account, made, text(body, "outcome"))
    return made


def emit(account: Account, body: Thing) -> Thing:
    """Any event about any object, such as another shop's; fields of the event can be given."""
    thing = body.get("object")
    if not isinstance(thing, dict):
        raise invalid_value("object", "object has to be an object.")
    recorded = events.emit(account, text(body, "type"), thing, body.get("previous_attributes"))
    recorded |= {
        name: body[name] for name in ("api_version", "created", "livemode") if name in body
    }
    return recorded


def fault(account: Account, body: Thing) -> Thing:
    """Trouble for the next requests; `{"clear": true}` ends all of it."""
    if flag(body, "clear"):
        account.faults.clear()
    else:
        account.faults.append(faults.make(body))
    return {"faults": account.faults}


def hold(account: Account, body: Thing) -> Thing:
    account.hold = flag(body, "on", default=True)
    return {"hold": account.hold}


def drop(account: Account, body: Thing) -> Thing:
    """The next deliveries get lost on the way, for good."""
    account.drop = max(0, number(body, "count", 1))
    return {"drop": account.drop}


def _subscription(account: Account, body: Thing) -> Thing:
    return account.get("subscription", text(body, "subscription"), "subscription")
