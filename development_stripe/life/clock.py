"""What is due as the account's clock moves: each thing at its own moment, in order."""

from collections.abc import Callable, Iterator
from functools import partial

from development_stripe.life import invoices, sessions, subscriptions
from development_stripe.life.events import emit
from development_stripe.messages import Thing
from development_stripe.periods import DAY
from development_stripe.store import Account

type Due = tuple[int, Callable[[], None]]

BILLED = frozenset({"active", "trialing", "past_due"})
TRIAL_WARNING = 3 * DAY
MOST_STEPS = 10_000


def advance(account: Account, seconds: int) -> None:
    account.offset += seconds
    catch_up(account)


def catch_up(account: Account) -> None:
    """Let everything happen that should have happened by now."""
    for _step in range(MOST_STEPS):
        due = min(_due(account, account.now()), key=lambda one: one[0], default=None)
        if due is None:
            return
        account.has_changed = True
        with account.at(due[0]):
            due[1]()


def renew(account: Account, subscription: Thing) -> None:
    """The next period begins, although the clock may not be there yet."""
    subscriptions.refuse_ended(subscription)
    begin_at = subscriptions.current_end(subscription)
    item = subscriptions.first_item(subscription)
    trial_over = subscription["status"] == "trialing"
    end = subscriptions.next_end(
        item["price"], anchor=subscription["billing_cycle_anchor"], after=begin_at
    )
    previous: Thing = {
        "items": _periods(subscription),
        "latest_invoice": subscription["latest_invoice"],
    }
    subscriptions.set_period(subscription, begin_at, end)
    if trial_over:
        previous["status"] = "trialing"
        if _pauses(account, subscription):
            return
        subscription["status"] = "active"
    note = account.note(subscription["id"])
    lines = note.pop("pending", []) + subscriptions.lines_for_period(subscription)
    invoice = invoices.prepare(
        account,
        subscription,
        lines=lines,
        reason="subscription_cycle",
        period=(item["current_period_start"], item["current_period_end"]),
    )
    emit(account, subscriptions.UPDATED, subscription, previous)
    _collect_or_not(account, subscription, invoice)


def _collect_or_not(account: Account, subscription: Thing, invoice: Thing) -> None:
    """Where collection is paused, the invoice is not paid: void, uncollectible, or a draft."""
    pause = subscription["pause_collection"]
    behavior = pause["behavior"] if pause else None
    invoices.issue(account, invoice, finalize=behavior != "keep_as_draft")
    if behavior is None:
        subscriptions.collect(account, subscription, invoice)
    elif behavior != "keep_as_draft":
        status = "void" if behavior == "void" else "uncollectible"
        invoices.give_up(account, invoice, status=status)


def _periods(subscription: Thing) -> Thing:
    return {
        "data": [
            {name: item[name] for name in ("id", "current_period_start", "current_period_end")}
            for item in subscription["items"]["data"]
        ]
    }


def _pauses(account: Account, subscription: Thing) -> bool:
    """A trial without any means of payment may end in a pause or in nothing."""
    if account.note(subscription["id"]).get("has_method", True):
        return False
    behavior = subscription["trial_settings"]["end_behavior"]["missing_payment_method"]
    if behavior == "pause":
        subscription["status"] = "paused"
        emit(account, "customer.subscription.paused", subscription)
    elif behavior == "cancel":
        subscriptions.end(account, subscription)
    else:
        account.note(subscription["customer"])["works"] = False
    return behavior in {"pause", "cancel"}


def _due(account: Account, now: int) -> Iterator[Due]:
    yield from _due_sessions(account, now)
    yield from _due_invoices(account, now)
    for subscription in account.all("subscription"):
        if subscription["status"] in BILLED:
            yield from _due_subscription(account, subscription, now)


def _due_sessions(account: Account, now: int) -> Iterator[Due]:
    for session in account.all("checkout.session"):
        if session["status"] == "open" and session["expires_at"] <= now:
            yield session["expires_at"], partial(sessions.expire, account, session)
        debit = account.notes.get(session["id"], {}).get("debit")
        if debit and debit["due"] <= now:
            yield debit["due"], partial(sessions.settle_debit, account, session)


def _due_invoices(account: Account, now: int) -> Iterator[Due]:
    for invoice in account.all("invoice"):
        attempt = invoice["next_payment_attempt"]
        if invoice["status"] == "open" and attempt is not None and attempt <= now:
            yield attempt, partial(_try_again, account, invoice)


def _try_again(account: Account, invoice: Thing) -> None:
    subscription = account.get("subscription", subscriptions.subscription_of(invoice) or "")
    subscriptions.collect(account, subscription, invoice)


def _due_subscription(account: Account, subscription: Thing, now: int) -> Iterator[Due]:
    end, stop = subscriptions.current_end(subscription), subscription["cancel_at"]
    if stop is not None and stop <= now:
        # Before the renewal: of two things at the same moment the first one happens.
        yield stop, partial(subscriptions.end, account, subscription)
    if end <= now:
        yield end, partial(renew, account, subscription)
    trial_end, note = subscription["trial_end"], account.note(subscription["id"])
    if subscription["status"] == "trialing" and trial_end and not note.get("warned"):
        moment = max(trial_end - TRIAL_WARNING, subscription["created"])
        if moment <= now:
            yield moment, partial(_warn, account, subscription)
    pause = subscription["pause_collection"]
    if pause and pause["resumes_at"] and pause["resumes_at"] <= now:
        yield (
            pause["resumes_at"],
            partial(_resume_collection, account, subscription),
        )


def _resume_collection(account: Account, subscription: Thing) -> None:
    subscriptions.update(account, subscription, pause_collection=None)


def _warn(account: Account, subscription: Thing) -> None:
    account.note(subscription["id"])["warned"] = True
    emit(account, "customer.subscription.trial_will_end", subscription)
