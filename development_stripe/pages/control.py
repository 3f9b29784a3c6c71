"""The control page: everything in an account, and what can be made to happen to it."""

from collections.abc import Iterable
from itertools import islice

from development_stripe.life import subscriptions
from development_stripe.messages import Response, Thing, page
from development_stripe.money import formatted
from development_stripe.pages import html
from development_stripe.pages.portal import price_label
from development_stripe.store import Account

SHOWN = 50


def control_page(account: Account | None, accounts: list[Account], problem: str = "") -> Response:
    if account is None:
        words = "No account yet: the first request with a test key makes one."
        return page(html.framed("Control", html.paragraph(words), kind="broad"))
    content = [
        html.paragraph(problem, kind="problem") if problem else "",
        *_accounts(account, accounts),
        *_clock(account),
        html.heading("Subscriptions"),
        _subscriptions(account),
        html.heading("Open sessions and bank debits on their way"),
        _sessions(account),
        html.heading("Payments"),
        _payments(account),
        html.heading("Disputes"),
        _disputes(account),
        html.heading("Customers"),
        _customers(account),
        html.heading("Events"),
        *_delivery_switches(account),
        _events(account),
    ]
    return page(html.framed("Control", *content, kind="broad"), 400 if problem else 200)


def _accounts(account: Account, accounts: list[Account]) -> list[str]:
    if len(accounts) == 1:
        return [html.paragraph(f"Account {_masked(account)}", kind="quiet")]
    links = [
        html.link(f"/?account={one.id}", f"{_masked(one)}{' (shown)' if one is account else ''} ")
        for one in accounts[:SHOWN]
    ]
    return [f"<p>Accounts: {' · '.join(links)}</p>"]


def _masked(account: Account) -> str:
    return f"{account.key[:8]}…{account.key[-4:]}"


def _do(account: Account, action: str, words: str, **fields: str) -> str:
    return html.button(f"/do/{action}", words, account=account.id, **fields)


def _clock(account: Account) -> list[str]:
    days = account.offset / 86_400
    moved = f", {days:.1f} days ahead" if account.offset else ""
    return [
        html.heading("Clock"),
        html.paragraph(f"{html.moment(account.now())}{moved}"),
        html.row(
            _do(account, "advance", "1 day on", days="1"),
            _do(account, "advance", "1 month on", days="31"),
            html.number_form(
                "/do/advance",
                "days on",
                name="days",
                value=7,
                label="Days",
                account=account.id,
            ),
        ),
    ]


def _subscriptions(account: Account) -> str:
    return html.table(
        ["Subscription", "Status", "Period ends", "What can happen"],
        (_subscription(account, one) for one in _newest(account.all("subscription"))),
        nothing="There is none.",
    )


def _subscription(account: Account, subscription: Thing) -> list[str]:
    item = subscriptions.first_item(subscription)
    identifier, customer = subscription["id"], subscription["customer"]
    works = account.note(customer).get("works", True)
    status = html.text(subscription["status"])
    if subscription["cancel_at"]:
        status += f"<br>ends {html.text(html.day(subscription['cancel_at']))}"
    buttons = ""
    if subscription["status"] not in subscriptions.OVER:
        card = _do(account, "card", "Next payment fails", customer=customer, works="false")
        if not works:
            card = _do(account, "card", "Next payment succeeds", customer=customer, works="true")
        buttons = html.row(
            _do(account, "renew", "Renew now", subscription=identifier),
            card,
            _do(account, "cancel", "End now", subscription=identifier),
        )
    payer = account.objects["customer"][customer].get("email") or customer
    label = f"{price_label(account, item['price'])}, {payer}"
    return [
        f"{html.text(label)}<br><code>{identifier}</code>",
        status,
        html.text(html.moment(item["current_period_end"])),
        buttons,
    ]


def _sessions(account: Account) -> str:
    rows = []
    for session in _newest(account.all("checkout.session")):
        identifier = session["id"]
        debit = account.note(identifier).get("debit")
        total = html.text(formatted(session["amount_total"], session["currency"]))
        shown = f"<code>{identifier[:24]}…</code>"
        if session["status"] == "open":
            buttons = html.row(_do(account, "expire", "Let it expire", session=identifier))
            rows.append([html.link(session["url"] or "/", "Open"), total, shown, buttons])
        elif debit:
            buttons = html.row(
                _do(account, "settle_debit", "Money arrives", session=identifier, succeeds="true"),
                _do(account, "settle_debit", "Bank refuses", session=identifier, succeeds="false"),
            )
            rows.append(["Bank debit", total, shown, buttons])
    return html.table(["", "Amount", "Session", "What can happen"], rows, nothing="There is none.")


def _payments(account: Account) -> str:
    return html.table(
        ["Payment", "Amount", "Status", "What can happen"],
        (_payment(account, one) for one in _newest(account.all("charge"))),
        nothing="There is none.",
    )


def _payment(account: Account, charge: Thing) -> list[str]:
    identifier = charge["id"]
    left = charge["amount"] - charge["amount_refunded"]
    status = charge["status"]
    if charge["amount_refunded"]:
        status += f", refunded {formatted(charge['amount_refunded'], charge['currency'])}"
    buttons = ""
    disputed = any(one["charge"] == identifier for one in account.all("dispute"))
    if charge["status"] == "succeeded" and left and not disputed:
        buttons = html.row(
            html.number_form(
                "/do/refund",
                "Refund part",
                name="amount",
                value=max(1, left // 2),
                label="Amount in minor units",
                account=account.id,
                charge=identifier,
            ),
            _do(account, "refund", "Refund all", charge=identifier),
            _do(account, "refund", "Refund that fails", charge=identifier, fails="true"),
            _do(account, "dispute", "Dispute", charge=identifier),
        )
    return [
        f"{html.text(charge['description'] or 'Payment')}<br><code>{identifier}</code>",
        html.text(formatted(charge["amount"], charge["currency"])),
        html.text(status),
        buttons,
    ]


def _disputes(account: Account) -> str:
    rows = []
    for one in _newest(account.all("dispute")):
        buttons = ""
        if not one["status"].startswith(("won", "lost", "warning_closed")):
            buttons = html.row(
                _do(account, "close_dispute", "We win", dispute=one["id"], outcome="won"),
                _do(account, "close_dispute", "We lose", dispute=one["id"], outcome="lost"),
            )
        amount = html.text(formatted(one["amount"], one["currency"]))
        rows.append([f"<code>{one['id']}</code>", amount, html.text(one["status"]), buttons])
    return html.table(
        ["Dispute", "Amount", "Status", "What can happen"], rows, nothing="There is none."
    )


def _customers(account: Account) -> str:
    rows = [
        [
            html.text(one.get("email") or "–"),
            f"<code>{one['id']}</code>",
            "deleted" if one.get("deleted") else "",
        ]
        for one in _newest(account.all("customer"))
    ]
    return html.table(["E-mail", "Customer", ""], rows, nothing="There is none.")


def _delivery_switches(account: Account) -> list[str]:
    states = [one["state"] for one in account.deliveries.values()]
    pending, dropped = states.count("pending"), states.count("dropped")
    words = f"{pending} deliveries wait, {dropped} were lost on the way."
    if account.drop:
        words += f" The next {account.drop} will be lost."
    holds = (
        _do(account, "hold", "Stop holding deliveries back", on="false")
        if account.hold
        else _do(account, "hold", "Hold deliveries back", on="true")
    )
    return [
        html.paragraph(words),
        html.row(
            holds,
            _do(account, "shuffle", "Deliver all that wait, shuffled"),
            html.number_form(
                "/do/drop",
                "next deliveries get lost",
                name="count",
                value=1,
                label="How many",
                account=account.id,
            ),
        ),
    ]


def _events(account: Account) -> str:
    answers: dict[str, list[Thing]] = {}
    for delivery in account.deliveries.values():
        answers.setdefault(delivery["event"], []).append(delivery)
    rows = [
        [
            html.text(html.moment(one["created"])),
            f"{html.text(one['type'])}<br><code>{one['id']}</code>",
            html.text(_delivery_words(answers.get(one["id"], []))),
            html.row(
                _do(account, "resend", "Resend", event=one["id"]),
                _do(account, "duplicate", "Duplicate × 20", event=one["id"], times="20"),
            ),
        ]
        for one in _newest(account.all("event"))
    ]
    return html.table(
        ["Time", "Event", "Deliveries", "What can happen"], rows, nothing="There is none."
    )


def _delivery_words(deliveries: list[Thing]) -> str:
    if not deliveries:
        return "nobody to send it to"
    words = []
    for state in ("delivered", "pending", "dropped", "failed"):
        chosen = [one for one in deliveries if one["state"] == state]
        if chosen:
            tries = max(one["tries"] for one in chosen)
            answer = chosen[-1]["answer"]
            told = f" (try {tries}, answer {answer})" if tries > 1 or state != "delivered" else ""
            words.append(f"{len(chosen)} {state}{told}")
    return ", ".join(words)


def _newest(things: list[Thing]) -> Iterable[Thing]:
    return islice(reversed(things), SHOWN)
