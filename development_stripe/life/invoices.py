"""Invoices: opened, tried, paid, tried again, given up."""

from development_stripe.errors import invalid_state
from development_stripe.life import charges
from development_stripe.life.events import change, emit
from development_stripe.lists import list_object
from development_stripe.messages import Thing
from development_stripe.objects import invoices
from development_stripe.periods import DAY
from development_stripe.store import Account

# The waits before each further try of a payment; after the last one the subscription ends.
RETRIES = (3 * DAY, 5 * DAY, 7 * DAY)


def prepare(
    account: Account,
    subscription: Thing,
    *,
    lines: list[Thing],
    reason: str,
    period: tuple[int, int],
    off: int = 0,
) -> Thing:
    """A draft that nobody has heard of yet; it is the subscription's latest one from here on."""
    customer = account.get("customer", subscription["customer"])
    invoice = account.add(
        invoices.invoice(
            account,
            customer=customer,
            subscription=subscription,
            lines=lines,
            reason=reason,
            period=period,
            off=off,
        ),
        includable={"payments": list_object([], url="/v1/invoice_payments")},
    )
    subscription["latest_invoice"] = invoice["id"]
    return invoice


def issue(account: Account, invoice: Thing, *, finalize: bool = True) -> None:
    """Tell of a draft, and make it a bill."""
    emit(account, "invoice.created", invoice)
    if finalize:
        _finalize(account, invoice, account.get("customer", invoice["customer"]))


def settle_without_payment(account: Account, invoice: Thing) -> None:
    """Nothing is due: paid as soon as it is finalized."""
    _mark_paid(account, invoice)


def intent_of(account: Account, invoice: Thing) -> Thing:
    """The payment intent that pays the invoice, made at the first try."""
    note = account.note(invoice["id"])
    if "intent" in note:
        return account.get("payment_intent", note["intent"])
    subscription_id = invoice["parent"]["subscription_details"]["subscription"]
    description = {
        "subscription_create": "Subscription creation",
        "subscription_cycle": "Subscription update",
    }.get(invoice["billing_reason"], "Subscription update")
    intent = charges.new_intent(
        account,
        amount=invoice["amount_due"],
        currency=invoice["currency"],
        customer=invoice["customer"],
        metadata={},
        description=description,
    )
    payment = account.add(
        invoices.invoice_payment(account, invoice=invoice, intent=intent),
        subscription=subscription_id,
    )
    note["intent"], note["payment"] = intent["id"], payment["id"]
    note["includable"]["payments"]["data"] = [payment["id"]]
    return intent


def pay(account: Account, invoice: Thing) -> None:
    """By card, at once; raises StripeError for an invoice that is not open."""
    refuse_closed(invoice)
    intent = intent_of(account, invoice)
    invoice["attempt_count"] += 1
    charges.succeed(account, intent, email=invoice["customer_email"])
    mark_received(account, invoice)


def begin_debit(account: Account, invoice: Thing) -> Thing:
    """The invoice stays open while the bank takes its time; returns the payment intent."""
    intent = intent_of(account, invoice)
    invoice.update(attempted=True, attempt_count=1)
    charges.begin_debit(account, intent, email=invoice["customer_email"])
    return intent


def mark_received(account: Account, invoice: Thing) -> None:
    """The money of the invoice's payment intent is there."""
    _mark_paid(account, invoice)
    payment = account.get("invoice_payment", account.note(invoice["id"])["payment"])
    payment["amount_paid"] = invoice["amount_paid"]
    payment["status"] = "paid"
    payment["status_transitions"]["paid_at"] = account.now()
    emit(account, "invoice_payment.paid", payment)


def fail(account: Account, invoice: Thing, *, needs_action: bool = False) -> bool:
    """A try that brought no money; returns whether there will be another one."""
    intent = intent_of(account, invoice)
    if needs_action:
        charges.ask_for_action(account, intent)
    else:
        charges.decline(account, intent, email=invoice["customer_email"])
    return mark_failed(account, invoice, needs_action=needs_action)


def mark_failed(account: Account, invoice: Thing, *, needs_action: bool = False) -> bool:
    tries = invoice["attempt_count"] + 1
    again = bool(tries <= len(RETRIES))
    invoice.update(
        attempted=True,
        attempt_count=tries,
        next_payment_attempt=account.now() + RETRIES[tries - 1] if again else None,
    )
    emit(account, "invoice.payment_failed", invoice)
    if needs_action:
        emit(account, "invoice.payment_action_required", invoice)
    return again


def give_up(account: Account, invoice: Thing, *, status: str) -> None:
    """No further try: void, uncollectible, or still open."""
    invoice.update(auto_advance=False, next_payment_attempt=None)
    if status == "open" or invoice["status"] not in {"open", "draft"}:
        return
    invoice["status"] = status
    name = "voided" if status == "void" else "marked_uncollectible"
    invoice["status_transitions"][f"{name}_at"] = account.now()
    emit(account, f"invoice.{name}", invoice)


def refuse_closed(invoice: Thing) -> None:
    if invoice["status"] == "paid":
        raise invalid_state("Invoice is already paid", code="invoice_already_paid")
    if invoice["status"] not in {"open", "uncollectible"}:
        raise invalid_state(f"Invoice is {invoice['status']}", code="invoice_not_open")


def _finalize(account: Account, invoice: Thing, customer: Thing) -> None:
    number = f"{customer['invoice_prefix']}-{customer['next_invoice_sequence']:04}"
    customer["next_invoice_sequence"] += 1
    # What the customer has to its credit pays first; what an invoice gives back is kept as such.
    used = invoice["total"] - invoice["amount_due"]
    customer["balance"] += used
    invoice.update(
        effective_at=account.now(),
        ending_balance=customer["balance"],
        hosted_invoice_url=f"{account.base}/invoice/{invoice['id']}",
        invoice_pdf=f"{account.base}/invoice/{invoice['id']}",
        number=number,
        status="open",
    )
    invoice["status_transitions"]["finalized_at"] = account.now()
    emit(account, "invoice.finalized", invoice)


def _mark_paid(account: Account, invoice: Thing) -> None:
    invoice.update(
        amount_paid=invoice["amount_due"],
        amount_remaining=0,
        attempted=True,
        auto_advance=False,
        next_payment_attempt=None,
        status="paid",
    )
    invoice["status_transitions"]["paid_at"] = account.now()
    customer = account.get("customer", invoice["customer"])
    if customer.get("delinquent"):
        change(account, customer, "customer.updated", delinquent=False)
    emit(account, "invoice.paid", invoice)
    emit(account, "invoice.payment_succeeded", invoice)
