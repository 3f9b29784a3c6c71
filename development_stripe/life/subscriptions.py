"""Subscriptions: begun, changed, canceled, ended."""

import copy
from typing import Any

from development_stripe.errors import StripeError, invalid_state
from development_stripe.life import invoices
from development_stripe.life.events import change, emit
from development_stripe.messages import Thing
from development_stripe.objects import subscriptions
from development_stripe.objects.catalogue import plan_of
from development_stripe.objects.invoices import invoice_line
from development_stripe.periods import DAY, period_end
from development_stripe.store import Account

UPDATED = "customer.subscription.updated"
OVER = frozenset({"canceled", "incomplete_expired"})


def begin(
    account: Account,
    *,
    customer: str,
    bought: list[tuple[Thing, int]],
    given: Thing,
    trial_days: int = 0,
    trial_end: int = 0,
) -> Thing:
    """An incomplete or trialing one; `bought` are prices with their quantities."""
    subscription = subscriptions.subscription(
        account,
        customer=customer,
        currency=bought[0][0]["currency"],
        metadata=dict(given.get("metadata") or {}),
        description=given.get("description"),
    )
    now = account.now()
    end = trial_end or (now + trial_days * DAY if trial_days else 0)
    if end:
        subscription.update(
            status="trialing", trial_start=now, trial_end=end, billing_cycle_anchor=end
        )
        if settings := given.get("trial_settings"):
            subscription["trial_settings"]["end_behavior"] |= settings["end_behavior"]
    for price, quantity in bought:
        subscription["items"]["data"].append(
            subscriptions.subscription_item(
                account,
                subscription=subscription["id"],
                price=price,
                quantity=quantity,
                period=(now, end or next_end(price, anchor=now, after=now)),
            )
        )
    account.add(subscription, works=True)
    return subscription


def next_end(price: Thing, *, anchor: int, after: int) -> int:
    recurring = price["recurring"]
    return period_end(
        anchor=anchor,
        after=after,
        interval=recurring["interval"],
        count=recurring["interval_count"],
    )


def first_item(subscription: Thing) -> Thing:
    item: Thing = subscription["items"]["data"][0]
    return item


def current_end(subscription: Thing) -> int:
    return int(first_item(subscription)["current_period_end"])


def lines_for_period(subscription: Thing) -> list[Thing]:
    """What the current period costs; a trial costs nothing."""
    trial = subscription["status"] == "trialing"
    return [
        invoice_line(
            item=item,
            amount=0 if trial else item["price"]["unit_amount"] * item["quantity"],
            description="Trial period" if trial else f"{item['quantity']} × {item['price']['id']}",
            period=(item["current_period_start"], item["current_period_end"]),
        )
        for item in subscription["items"]["data"]
    ]


def set_period(subscription: Thing, begin_at: int, end: int) -> None:
    for item in subscription["items"]["data"]:
        item.update(current_period_start=begin_at, current_period_end=end)


def update(account: Account, subscription: Thing, **changes: Any) -> bool:
    return change(account, subscription, UPDATED, **changes)


def schedule_end(
    account: Account, subscription: Thing, moment: int, *, at_period_end: bool
) -> None:
    """The portal sets the moment only; `cancel_at_period_end` is for those who ask for it."""
    refuse_ended(subscription)
    update(
        account,
        subscription,
        cancel_at=moment,
        cancel_at_period_end=at_period_end,
        canceled_at=account.now(),
        cancellation_details=subscriptions.cancellation_details("cancellation_requested"),
    )


def keep(account: Account, subscription: Thing) -> None:
    """Take back an end that was scheduled."""
    refuse_ended(subscription)
    update(
        account,
        subscription,
        cancel_at=None,
        cancel_at_period_end=False,
        canceled_at=None,
        cancellation_details=subscriptions.cancellation_details(None),
    )


def end(account: Account, subscription: Thing, *, reason: str = "cancellation_requested") -> None:
    """Over now; open invoices are not collected any more."""
    refuse_ended(subscription)
    details = subscription["cancellation_details"]
    subscription.update(
        canceled_at=subscription["canceled_at"] or account.now(),
        cancellation_details=details | {"reason": details["reason"] or reason},
        ended_at=account.now(),
        status="canceled",
    )
    for invoice in open_invoices(account, subscription):
        invoices.give_up(account, invoice, status="open")
    emit(account, "customer.subscription.deleted", subscription)


def open_invoices(account: Account, subscription: Thing) -> list[Thing]:
    return [
        invoice
        for invoice in account.all("invoice")
        if invoice["status"] == "open" and subscription_of(invoice) == subscription["id"]
    ]


def subscription_of(invoice: Thing) -> str | None:
    details = (invoice["parent"] or {}).get("subscription_details") or {}
    subscription: str | None = details.get("subscription")
    return subscription


def after_payment(account: Account, invoice: Thing) -> None:
    """Paying the latest invoice puts its subscription in order again."""
    subscription = account.find(subscription_of(invoice) or "")
    if (
        subscription
        and subscription["status"] in {"incomplete", "past_due", "unpaid"}
        and subscription["latest_invoice"] == invoice["id"]
    ):
        update(account, subscription, status="active")


def refuse_ended(subscription: Thing) -> None:
    if subscription["status"] in OVER:
        raise invalid_state(
            "This subscription is canceled and cannot be changed any more.", code="resource_missing"
        )


def change_price(
    account: Account,
    subscription: Thing,
    item: Thing,
    *,
    price: Thing,
    quantity: int,
    prorations: str,
) -> None:
    """Another plan; what is left of the old one is credited, unless `prorations` is none.

    A plan of another rhythm begins a new period now and is paid at once.
    """
    refuse_ended(subscription)
    if price["recurring"] is None or price["currency"] != subscription["currency"]:
        raise StripeError(
            "The price has to be recurring and in the subscription's currency.",
            param="items[0][price]",
        )
    rhythm = ("interval", "interval_count")
    same = all(price["recurring"][name] == item["price"]["recurring"][name] for name in rhythm)
    before = copy.deepcopy(subscription["items"])
    trial = subscription["status"] == "trialing"
    lines = [] if prorations == "none" or trial else _credit(account, item)
    item.update(price=price, plan=plan_of(price), quantity=quantity)
    now = account.now()
    if not same and not trial:
        subscription["billing_cycle_anchor"] = now
        set_period(subscription, now, next_end(price, anchor=now, after=now))
        lines += lines_for_period(subscription)
    elif lines:
        lines += _debit(account, item)
    emit(account, UPDATED, subscription, {"items": before})
    if not lines:
        return
    if same and prorations != "always_invoice":
        account.note(subscription["id"]).setdefault("pending", []).extend(lines)
        return
    charge_now(account, subscription, lines, reason="subscription_update")


def charge_now(account: Account, subscription: Thing, lines: list[Thing], *, reason: str) -> None:
    """An invoice for the lines, and the first try to get it paid by the customer's card."""
    item = first_item(subscription)
    invoice = invoices.prepare(
        account,
        subscription,
        lines=lines,
        reason=reason,
        period=(item["current_period_start"], item["current_period_end"]),
    )
    invoices.issue(account, invoice)
    collect(account, subscription, invoice)


def collect(account: Account, subscription: Thing, invoice: Thing) -> None:
    """One try to get an open invoice paid, and what follows for the subscription."""
    note = account.note(invoice["customer"])
    if invoice["amount_due"] == 0:
        invoices.settle_without_payment(account, invoice)
        after_payment(account, invoice)
    elif note.get("works", True):
        invoices.pay(account, invoice)
        after_payment(account, invoice)
    else:
        again = invoices.fail(account, invoice, needs_action=note.get("needs_action", False))
        failed(account, subscription, again=again)


def failed(account: Account, subscription: Thing, *, again: bool) -> None:
    """After a try without money: past due, or over when it was the last one."""
    if subscription["status"] in OVER:
        return
    customer = account.get("customer", subscription["customer"])
    if not customer["delinquent"]:
        change(account, customer, "customer.updated", delinquent=True)
    if again:
        update(account, subscription, status="past_due")
    else:
        end(account, subscription, reason="payment_failed")


def _credit(account: Account, item: Thing) -> list[Thing]:
    return _prorated(account, item, sign=-1, words="Unused time on")


def _debit(account: Account, item: Thing) -> list[Thing]:
    return _prorated(account, item, sign=1, words="Remaining time on")


def _prorated(account: Account, item: Thing, *, sign: int, words: str) -> list[Thing]:
    begin_at, end_at = item["current_period_start"], item["current_period_end"]
    left = max(0, end_at - account.now())
    full = item["price"]["unit_amount"] * item["quantity"]
    return [
        invoice_line(
            item=item,
            amount=sign * round(full * left / (end_at - begin_at)),
            description=f"{words} {item['price']['id']}",
            period=(account.now(), end_at),
            proration=True,
        )
    ]
