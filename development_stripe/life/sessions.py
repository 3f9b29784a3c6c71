"""Checkout sessions: paid, declined, paid later by the bank, left to expire."""

from development_stripe.errors import StripeError, invalid_state, no_such
from development_stripe.life import charges, invoices, subscriptions
from development_stripe.life.events import emit
from development_stripe.messages import Thing
from development_stripe.objects import customers, sessions
from development_stripe.periods import DAY
from development_stripe.store import Account

OUTCOMES = ("paid", "declined", "debit", "debit_fails", "no_payment_required")
DEBIT_TAKES = 3 * DAY


def pay(account: Account, session: Thing, outcome: str) -> None:
    """What the payer does on the hosted page; raises StripeError 402 for a declined card."""
    refuse_closed(session)
    if outcome not in OUTCOMES:
        raise invalid_state(f"An outcome is one of {', '.join(OUTCOMES)}.", param="outcome")
    if outcome == "no_payment_required":
        _take_off_everything(session)
    if outcome == "declined":
        _decline(account, session)
        return
    _identify_payer(account, session)
    debit = outcome.startswith("debit") and not is_free(account, session)
    if session["mode"] == "subscription":
        _subscribe(account, session, debit=debit)
    else:
        _purchase(account, session, debit=debit)
    session["status"] = "complete"
    session["url"] = None
    if debit:
        session["payment_status"] = "unpaid"
        note = account.note(session["id"])
        note["debit"] = {"succeeds": outcome == "debit", "due": account.now() + DEBIT_TAKES}
    else:
        session["payment_status"] = "no_payment_required" if is_free(account, session) else "paid"
    emit(account, "checkout.session.completed", session)


def is_free(account: Account, session: Thing) -> bool:
    """Nothing to pay now: a trial, or a discount of all."""
    note = account.note(session["id"])
    trial = note.get("trial_days") or note.get("trial_end")
    return session["amount_total"] == 0 or bool(trial)


def expire(account: Account, session: Thing) -> None:
    refuse_closed(session)
    session["status"] = "expired"
    session["url"] = None
    emit(account, "checkout.session.expired", session)


def settle_debit(account: Account, session: Thing, *, succeeds: bool | None = None) -> None:
    """The bank has answered; without `succeeds`, as it was chosen on the hosted page."""
    debit = account.note(session["id"]).pop("debit", None)
    if debit is None:
        raise invalid_state("No bank debit of this session is on its way.", param="session")
    if succeeds is None:
        succeeds = bool(debit["succeeds"])
    subscription = account.find(session["subscription"] or "")
    if subscription is None:
        intent = account.get("payment_intent", session["payment_intent"])
        charges.end_debit(account, intent, succeeds=succeeds)
    else:
        _settle_first_invoice(account, subscription, succeeds=succeeds)
    if succeeds:
        session["payment_status"] = "paid"
    ending = "succeeded" if succeeds else "failed"
    emit(account, f"checkout.session.async_payment_{ending}", session)


def refuse_closed(session: Thing) -> None:
    if session["status"] != "open":
        raise invalid_state(
            f'Only Checkout Sessions with a status in ["open"] can be expired or paid. '
            f"This Checkout Session has a status of {session['status']}."
        )


def _identify_payer(account: Account, session: Thing) -> None:
    if session["customer"] is None and session["customer_creation"] == "always":
        made = account.add(customers.customer(account, {"email": session["customer_email"]}))
        emit(account, "customer.created", made)
        session["customer"] = made["id"]
    customer = account.find(session["customer"] or "")
    if customer is not None and customer.get("deleted"):
        raise no_such("customer", customer["id"], "customer")
    session["customer_details"] = sessions.customer_details(customer, session["customer_email"])
    if customer is not None:
        customer["currency"] = customer["currency"] or session["currency"]
        # Whoever pays here does so with a card that works.
        account.note(customer["id"]).update(works=True, needs_action=False)


def _purchase(account: Account, session: Thing, *, debit: bool) -> None:
    if is_free(account, session):
        return
    intent = _intent(account, session)
    email = session["customer_details"]["email"]
    if debit:
        charges.begin_debit(account, intent, email=email)
    else:
        charges.succeed(account, intent, email=email)


def _subscribe(account: Account, session: Thing, *, debit: bool) -> None:
    note = account.note(session["id"])
    items = note["includable"]["line_items"]["data"]
    subscription = subscriptions.begin(
        account,
        customer=session["customer"],
        bought=[(item["price"], item["quantity"]) for item in items if item["price"]["recurring"]],
        given=note["subscription_data"],
        trial_days=note.get("trial_days", 0),
        trial_end=note.get("trial_end", 0),
    )
    session["subscription"] = subscription["id"]
    free = is_free(account, session)
    if free and session["payment_method_collection"] == "if_required":
        account.note(subscription["id"])["has_method"] = False
    item = subscriptions.first_item(subscription)
    lines = subscriptions.lines_for_period(subscription)
    off = 0 if subscription["status"] == "trialing" else session["total_details"]["amount_discount"]
    invoice = invoices.prepare(
        account,
        subscription,
        lines=lines,
        reason="subscription_create",
        period=(item["current_period_start"], item["current_period_start"]),
        off=off,
    )
    session["invoice"] = invoice["id"]
    emit(account, "customer.subscription.created", subscription)
    invoices.issue(account, invoice)
    if debit:
        # As at Stripe: in order from the beginning, until the bank says no.
        invoices.begin_debit(account, invoice)
    elif invoice["amount_due"] == 0:
        invoices.settle_without_payment(account, invoice)
    else:
        invoices.pay(account, invoice)
    if subscription["status"] == "incomplete":
        subscriptions.update(account, subscription, status="active")


def _settle_first_invoice(account: Account, subscription: Thing, *, succeeds: bool) -> None:
    invoice = account.get("invoice", subscription["latest_invoice"])
    charges.end_debit(account, invoices.intent_of(account, invoice), succeeds=succeeds)
    if succeeds:
        invoices.mark_received(account, invoice)
        subscriptions.after_payment(account, invoice)
        return
    invoice["attempt_count"] = 0
    again = invoices.mark_failed(account, invoice)
    account.note(subscription["customer"])["works"] = False
    subscriptions.failed(account, subscription, again=again)


def _decline(account: Account, session: Thing) -> None:
    """The session stays open for another try."""
    intent = _intent(account, session)
    charge = charges.decline(account, intent, email=session["customer_email"])
    raise StripeError(
        "Your card was declined.",
        status=402,
        code="card_declined",
        kind="card_error",
        details={"decline_code": "generic_decline", "charge": charge["id"]},
    )


def _intent(account: Account, session: Thing) -> Thing:
    """One for all tries of a purchase; a subscription's first invoice has its own."""
    note = account.note(session["id"])
    known = session["payment_intent"] or note.get("intent")
    if known:
        return account.get("payment_intent", known)
    data = note["payment_intent_data"]
    intent = charges.new_intent(
        account,
        amount=session["amount_total"],
        currency=session["currency"],
        customer=session["customer"],
        metadata=dict(data.get("metadata") or {}),
        description=data.get("description"),
    )
    if session["mode"] == "payment":
        session["payment_intent"] = intent["id"]
    note["intent"] = intent["id"]
    return intent


def _take_off_everything(session: Thing) -> None:
    """As with a promotion code of 100 %."""
    session["total_details"]["amount_discount"] = session["amount_subtotal"]
    session["amount_total"] = 0
