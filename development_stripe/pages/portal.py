"""The customer portal: look at subscriptions and invoices, cancel, resume, change the plan."""

from development_stripe.control import happenings
from development_stripe.life import subscriptions
from development_stripe.messages import Response, Thing, page, see_other
from development_stripe.money import formatted
from development_stripe.pages import html
from development_stripe.pages.checkout import rhythm_of
from development_stripe.store import Account

ACTIONS = {
    "cancel": happenings.cancel_at_period_end,
    "resume": lambda account, body: happenings.cancel_at_period_end(account, body | {"on": False}),
    "change": happenings.change_plan,
}


def portal_page(account: Account, session: Thing) -> Response:
    customer = account.get("customer", session["customer"])
    owned = [one for one in account.all("subscription") if one["customer"] == customer["id"]]
    bills = [one for one in account.all("invoice") if one["customer"] == customer["id"]]
    content = [html.paragraph(customer.get("email") or customer["id"], kind="quiet")]
    content.append(html.heading("Subscriptions"))
    for subscription in reversed(owned):
        content += _subscription(account, session, subscription)
    if not owned:
        content.append(html.paragraph("There is none.", kind="quiet"))
    content.append(html.heading("Invoices"))
    rows = [
        [
            html.text(html.day(one["created"])),
            html.text(formatted(one["amount_due"], one["currency"])),
            html.text(one["status"]),
            html.link(one["hosted_invoice_url"], one["number"]),
        ]
        for one in reversed(bills)
        if one["hosted_invoice_url"]
    ]
    content.append(
        html.table(["Date", "Amount", "Status", "Number"], rows, nothing="There is none.")
    )
    if session["return_url"]:
        content.append(f"<p>{html.link(session['return_url'], 'Back')}</p>")
    return page(html.framed("Your subscription", *content))


def portal_done(account: Account, session: Thing, form: Thing) -> Response:
    action = ACTIONS.get(str(form.get("action")))
    subscription = account.get("subscription", str(form.get("subscription", "")))
    # Nobody touches a subscription of somebody else by writing another id into the form.
    if action and subscription["customer"] == session["customer"]:
        action(account, form)
    return see_other(f"/portal/{session['id']}")


def price_label(account: Account, price: Thing) -> str:
    product = account.find(price["product"]) or {}
    amount = formatted(price["unit_amount"], price["currency"])
    return f"{product.get('name', price['id'])}: {amount} each {rhythm_of(price['recurring'])}"


def _subscription(account: Account, session: Thing, subscription: Thing) -> list[str]:
    here = f"/portal/{session['id']}"
    item = subscriptions.first_item(subscription)
    status, end = subscription["status"], html.day(item["current_period_end"])
    shown = [html.paragraph(price_label(account, item["price"]))]
    if status in subscriptions.OVER:
        ended = html.day(subscription["ended_at"])
        return [*shown, html.paragraph(f"Ended on {ended}.", kind="quiet")]
    if subscription["cancel_at"]:
        words = f"Status {status}, ends on {html.day(subscription['cancel_at'])}."
        toggle = html.button(
            here, "Resume", kind="main", action="resume", subscription=subscription["id"]
        )
    else:
        words = f"Status {status}, renews on {end}."
        toggle = html.button(
            here, "Cancel at the period's end", action="cancel", subscription=subscription["id"]
        )
    shown += [html.paragraph(words, kind="quiet"), toggle]
    others = [
        (one["id"], price_label(account, one))
        for one in account.all("price")
        if one["recurring"]
        and one["active"]
        and one["currency"] == subscription["currency"]
        and one["id"] != item["price"]["id"]
    ]
    if others:
        shown.append(
            html.choice_form(
                here,
                "Change plan",
                name="price",
                options=others,
                action="change",
                subscription=subscription["id"],
            )
        )
    return shown
