"""The hosted pages that a payer sees: checkout, invoice and receipt."""

from urllib.parse import quote

from development_stripe.control import happenings
from development_stripe.errors import StripeError
from development_stripe.life import sessions
from development_stripe.messages import Response, Thing, page, see_other
from development_stripe.money import formatted
from development_stripe.pages import html
from development_stripe.store import Account

PLACEHOLDER = "{CHECKOUT_SESSION_ID}"
BUTTONS = (
    ("paid", "Pay", "main"),
    ("declined", "Card is declined", ""),
    ("debit", "Bank debit that succeeds later", ""),
    ("debit_fails", "Bank debit that fails later", ""),
)


def checkout_page(account: Account, session: Thing, problem: str = "") -> Response:
    if session["status"] != "open":
        return page(_closed(account, session))
    here = f"/pay/{session['id']}"
    items = account.note(session["id"])["includable"]["line_items"]["data"]
    shown = [html.paragraph(_described(item)) for item in items]
    total = formatted(session["amount_total"], session["currency"])
    if days := account.note(session["id"]).get("trial_days"):
        shown.append(html.paragraph(f"Free for {days} days first.", kind="quiet"))
    if sessions.is_free(account, session):
        buttons = [html.button(here, "Go on without paying", kind="main", outcome="paid")]
    else:
        buttons = [
            html.button(here, words + (f" {total}" if kind else ""), kind=kind, outcome=outcome)
            for outcome, words, kind in BUTTONS
        ]
        if session["allow_promotion_codes"]:
            buttons.append(
                html.button(here, "Promotion code for 100 % off", outcome="no_payment_required")
            )
    if session["cancel_url"]:
        buttons.append(html.button(here, "Go back without paying", outcome="back"))
    return page(
        html.framed(
            "Checkout",
            html.paragraph(total, kind="amount"),
            *shown,
            html.paragraph(problem, kind="problem") if problem else "",
            *buttons,
        ),
        402 if problem else 200,
    )


def checkout_done(account: Account, session: Thing, form: Thing) -> Response:
    """What follows the click on a button."""
    outcome = str(form.get("outcome", ""))
    if outcome == "back":
        return see_other(session["cancel_url"] or f"/pay/{session['id']}")
    if session["status"] != "open":
        return checkout_page(account, session)
    try:
        sessions.pay(account, session, outcome)
    except StripeError as error:
        return checkout_page(account, session, error.message)
    return see_other(_return_address(session))


def _return_address(session: Thing) -> str:
    address = str(session["success_url"] or session["cancel_url"] or f"/pay/{session['id']}")
    return address.replace(PLACEHOLDER, quote(session["id"]))


def _described(item: Thing) -> str:
    amount = formatted(item["amount_subtotal"], item["currency"])
    recurring = item["price"]["recurring"]
    rhythm = f" each {rhythm_of(recurring)}" if recurring else ""
    return f"{item['quantity']} × {item['description']}: {amount}{rhythm}"


def rhythm_of(recurring: Thing) -> str:
    count = recurring["interval_count"]
    return f"{count} {recurring['interval']}s" if count > 1 else str(recurring["interval"])


def _closed(account: Account, session: Thing) -> str:
    expired = session["status"] == "expired"
    words = (
        "This page has expired: nothing was paid. Start again where you came from."
        if expired
        else "This has been completed already. Nothing more is to be paid here."
    )
    address = session["cancel_url"] if expired else _return_address(session)
    back = html.link(address, "Back") if address else ""
    return html.framed("Expired" if expired else "Completed", html.paragraph(words), back)


def invoice_page(account: Account, invoice: Thing) -> Response:
    lines = [
        [html.text(line["description"]), html.text(formatted(line["amount"], line["currency"]))]
        for line in invoice["lines"]["data"]
    ]
    amount = formatted(invoice["amount_due"], invoice["currency"])
    content = [
        html.paragraph(amount, kind="amount"),
        html.paragraph(f"Number {invoice['number']} of {html.day(invoice['created'])}"),
        html.table(["For", "Amount"], lines, nothing="Nothing."),
    ]
    if invoice["status"] in {"open", "uncollectible"}:
        content.append(html.button(f"/invoice/{invoice['id']}", f"Pay {amount}", kind="main"))
    else:
        content.append(html.paragraph(f"This invoice is {invoice['status']}.", kind="quiet"))
    return page(html.framed("Invoice", *content))


def invoice_done(account: Account, invoice: Thing) -> Response:
    if invoice["status"] in {"open", "uncollectible"}:
        happenings.pay_invoice(account, {"invoice": invoice["id"]})
    return see_other(f"/invoice/{invoice['id']}")


def receipt_page(account: Account, charge: Thing) -> Response:
    amount = formatted(charge["amount"], charge["currency"])
    content = [
        html.paragraph(amount, kind="amount"),
        html.paragraph(f"{charge['description'] or 'Payment'}, {html.day(charge['created'])}"),
        html.paragraph(f"Status: {charge['status']}", kind="quiet"),
    ]
    if charge["amount_refunded"]:
        back = formatted(charge["amount_refunded"], charge["currency"])
        content.append(html.paragraph(f"Refunded: {back}"))
    return page(html.framed("Receipt", *content))
