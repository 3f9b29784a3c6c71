"""`/v1/checkout/sessions`."""

from development_stripe.api.catalogue import price_from
from development_stripe.api.customers import living
from development_stripe.errors import StripeError, invalid_integer, invalid_value, missing_parameter
from development_stripe.life import sessions as life
from development_stripe.lists import matching, page_of
from development_stripe.messages import Thing
from development_stripe.objects import sessions
from development_stripe.parameters import merged_metadata
from development_stripe.store import Account

HALF_HOUR = 1_800


def create(account: Account, values: Thing) -> Thing:
    _refuse_contradictions(account, values)
    items = [_line_item(account, one, index) for index, one in enumerate(values["line_items"])]
    _refuse_mixtures(values["mode"], items)
    data = values.get("subscription_data") or {}
    trial = bool(data.get("trial_period_days") or data.get("trial_end"))
    off = _discount(account, values, sum(one["amount_subtotal"] for one in items))
    session = sessions.checkout_session(account, values, items=items, off=off)
    if trial:
        session["amount_subtotal"] = session["amount_total"] = _one_time_sum(items)
        session["total_details"]["amount_discount"] = 0
    account.add(
        session,
        includable={"line_items": sessions.items_list(session["id"], items)},
        subscription_data=data,
        payment_intent_data=values.get("payment_intent_data") or {},
        trial_days=data.get("trial_period_days") or 0,
        trial_end=data.get("trial_end") or 0,
    )
    return session


def retrieve(account: Account, values: Thing, identifier: str) -> Thing:
    return account.get("checkout.session", identifier)


def update(account: Account, values: Thing, identifier: str) -> Thing:
    session = account.get("checkout.session", identifier)
    if "metadata" in values:
        session["metadata"] = merged_metadata(session["metadata"], values["metadata"])
    return session


def expire(account: Account, values: Thing, identifier: str) -> Thing:
    session = account.get("checkout.session", identifier)
    life.expire(account, session)
    return session


def line_items(account: Account, values: Thing, identifier: str) -> Thing:
    account.get("checkout.session", identifier)
    listed = account.note(identifier)["includable"]["line_items"]
    return page_of(reversed(listed["data"]), values, url=listed["url"])


def listed(account: Account, values: Thing) -> Thing:
    found = matching(
        account.all("checkout.session"),
        values,
        "customer",
        "payment_intent",
        "status",
        "subscription",
    )
    if details := values.get("customer_details"):
        found = [
            one for one in found if (one["customer_details"] or {}).get("email") == details["email"]
        ]
    return page_of(found, values, url="/v1/checkout/sessions")


def _refuse_contradictions(account: Account, values: Thing) -> None:
    mode = values["mode"]
    if mode == "setup":
        raise invalid_value("mode", "The development Stripe has no sessions of mode setup.")
    if not values.get("line_items"):
        raise missing_parameter("line_items")
    if values.get("ui_mode", "hosted_page") == "hosted_page" and not values.get("success_url"):
        raise missing_parameter("success_url")
    if "customer" in values:
        living(account, values["customer"], "customer")
        if "customer_email" in values:
            raise StripeError(
                "You may only specify one of these parameters: customer, customer_email.",
                param="customer",
            )
    for name, allowed in (
        ("subscription_data", "subscription"),
        ("payment_intent_data", "payment"),
    ):
        if name in values and mode != allowed:
            raise StripeError(f"You can not pass `{name}` in `{mode}` mode.", param=name)
    ends = values.get("expires_at")
    if ends and not HALF_HOUR <= ends - account.now() <= sessions.OPEN_SECONDS:
        raise StripeError(
            "The `expires_at` timestamp must be between 30 minutes and 24 hours from now.",
            param="expires_at",
        )


def _line_item(account: Account, values: Thing, index: int) -> Thing:
    path = f"line_items[{index}]"
    if ("price" in values) == ("price_data" in values):
        raise StripeError(
            "Give exactly one of `price` and `price_data` for each line item.", param=path
        )
    if "price" in values:
        price = account.get("price", values["price"], f"{path}[price]")
        if not price["active"]:
            raise StripeError(
                f"The price specified is inactive: {price['id']}", param=f"{path}[price]"
            )
    else:
        data = f"{path}[price_data]"
        price = account.add(price_from(account, values["price_data"], f"{data}[product_data]"))
    quantity = values.get("quantity")
    if quantity is None:
        raise missing_parameter(f"{path}[quantity]")
    if quantity < 1:
        raise invalid_integer(f"{path}[quantity]", quantity)
    product = account.get("product", price["product"])
    return sessions.line_item(
        price, product, quantity=quantity, metadata=values.get("metadata") or {}
    )


def _refuse_mixtures(mode: str, items: list[Thing]) -> None:
    if len({one["currency"] for one in items}) > 1:
        raise StripeError("All line items must have the same currency.", param="line_items")
    recurring = [one["price"]["recurring"] is not None for one in items]
    if mode == "payment" and any(recurring):
        raise StripeError(
            "You specified `payment` mode but passed a recurring price.", param="mode"
        )
    if mode == "subscription" and not all(recurring):
        raise StripeError(
            "The development Stripe takes only recurring prices in `subscription` mode.",
            param="mode",
        )


def _discount(account: Account, values: Thing, amount: int) -> int:
    off = 0
    for index, one in enumerate(values.get("discounts", [])):
        param = f"discounts[{index}][coupon]"
        if "coupon" not in one:
            raise missing_parameter(param)
        coupon = account.get("coupon", one["coupon"], param)
        percent = coupon["percent_off"]
        off += coupon["amount_off"] if percent is None else round(amount * percent / 100)
    return min(off, amount)


def _one_time_sum(items: list[Thing]) -> int:
    return sum(one["amount_subtotal"] for one in items if one["price"]["recurring"] is None)
