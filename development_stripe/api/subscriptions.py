"""`/v1/subscriptions`."""

from typing import Any

from development_stripe.errors import StripeError, missing_parameter, no_such
from development_stripe.life import subscriptions as life
from development_stripe.life.events import emit
from development_stripe.lists import matching, page_of, within
from development_stripe.messages import Thing
from development_stripe.parameters import merged_metadata
from development_stripe.store import Account


def retrieve(account: Account, values: Thing, identifier: str) -> Thing:
    return account.get("subscription", identifier)


def listed(account: Account, values: Thing) -> Thing:
    """Without a status, all that are not canceled; `all` for all, `ended` for those that are."""
    status = values.get("status")
    over = life.OVER
    found = matching(account.all("subscription"), values, "collection_method", "customer")
    if status is None:
        found = [one for one in found if one["status"] != "canceled"]
    elif status == "ended":
        found = [one for one in found if one["status"] in over]
    elif status != "all":
        found = [one for one in found if one["status"] == status]
    if "price" in values:
        found = [one for one in found if _has_price(one, values["price"])]
    for name in ("current_period_start", "current_period_end"):
        if name in values:
            found = [one for one in found if within(life.first_item(one)[name], values[name])]
    return page_of(found, values, url="/v1/subscriptions")


def update(account: Account, values: Thing, identifier: str) -> Thing:
    subscription = account.get("subscription", identifier)
    life.refuse_ended(subscription)
    _change_items(account, subscription, values)
    changes: dict[str, Any] = {}
    if "metadata" in values:
        changes["metadata"] = merged_metadata(subscription["metadata"], values["metadata"])
    if "description" in values:
        changes["description"] = values["description"] or None
    if "pause_collection" in values:
        pause = values["pause_collection"]
        changes["pause_collection"] = (
            {"behavior": pause["behavior"], "resumes_at": pause.get("resumes_at") or None}
            if pause
            else None
        )
    life.update(account, subscription, **changes)
    _change_end(account, subscription, values)
    _change_trial(account, subscription, values)
    return subscription


def cancel(account: Account, values: Thing, identifier: str) -> Thing:
    subscription = account.get("subscription", identifier)
    if subscription["status"] in life.OVER:
        raise no_such("subscription", identifier)
    if details := values.get("cancellation_details"):
        subscription["cancellation_details"] |= {
            name: details[name] for name in ("comment", "feedback") if details.get(name)
        }
    life.end(account, subscription)
    return subscription


def resume(account: Account, values: Thing, identifier: str) -> Thing:
    """Out of a pause: a period begins now and is paid."""
    subscription = account.get("subscription", identifier)
    if subscription["status"] != "paused":
        raise StripeError("Only a paused subscription can be resumed.")
    now = account.now()
    subscription["billing_cycle_anchor"] = now
    price = life.first_item(subscription)["price"]
    life.set_period(subscription, now, life.next_end(price, anchor=now, after=now))
    subscription["status"] = "active"
    emit(account, "customer.subscription.resumed", subscription, {"status": "paused"})
    lines = life.lines_for_period(subscription)
    life.charge_now(account, subscription, lines, reason="subscription_update")
    return subscription


def _has_price(subscription: Thing, price: str) -> bool:
    return any(item["price"]["id"] == price for item in subscription["items"]["data"])


def _change_items(account: Account, subscription: Thing, values: Thing) -> None:
    for index, change in enumerate(values.get("items", [])):
        path = f"items[{index}]"
        known = {item["id"]: item for item in subscription["items"]["data"]}
        if "id" not in change:
            # Without it Stripe adds a second item; nobody who changes a plan wants that.
            raise missing_parameter(f"{path}[id]")
        if change["id"] not in known:
            raise no_such("subscription_item", change["id"], f"{path}[id]")
        item = known[change["id"]]
        price = item["price"]
        if "price" in change:
            price = account.get("price", change["price"], f"{path}[price]")
        life.change_price(
            account,
            subscription,
            item,
            price=price,
            quantity=change.get("quantity", item["quantity"]),
            prorations=values.get("proration_behavior", "create_prorations"),
        )


def _change_end(account: Account, subscription: Thing, values: Thing) -> None:
    period_end = life.current_end(subscription)
    if "cancel_at" in values and "cancel_at_period_end" in values:
        raise StripeError("Give only one of cancel_at and cancel_at_period_end.", param="cancel_at")
    if "cancel_at_period_end" in values:
        if values["cancel_at_period_end"]:
            life.schedule_end(account, subscription, period_end, at_period_end=True)
        else:
            life.keep(account, subscription)
    elif "cancel_at" in values:
        moment = values["cancel_at"]
        if moment == "":
            life.keep(account, subscription)
            return
        if moment in {"min_period_end", "max_period_end", "max_billed_until"}:
            moment = period_end
        if not str(moment).isdecimal():
            raise StripeError(f"Invalid timestamp: {moment}", param="cancel_at")
        if int(moment) <= account.now():
            raise StripeError("cancel_at has to be in the future.", param="cancel_at")
        life.schedule_end(account, subscription, int(moment), at_period_end=False)


def _change_trial(account: Account, subscription: Thing, values: Thing) -> None:
    if "trial_end" not in values:
        return
    now = account.now()
    moment = now if values["trial_end"] == "now" else values["trial_end"]
    if not str(moment).isdecimal() or int(moment) < now or subscription["status"] != "trialing":
        raise StripeError("Only a running trial can be given another end.", param="trial_end")
    end = int(moment)
    subscription["trial_end"] = subscription["billing_cycle_anchor"] = end
    start = life.first_item(subscription)["current_period_start"]
    life.set_period(subscription, start, end)
    emit(account, life.UPDATED, subscription, {"trial_end": None})
