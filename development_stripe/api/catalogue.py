"""`/v1/products`, `/v1/prices` and `/v1/coupons`."""

from development_stripe.errors import StripeError, invalid_integer, missing_parameter
from development_stripe.life.events import change, emit
from development_stripe.lists import matching, page_of
from development_stripe.messages import Thing
from development_stripe.objects import catalogue
from development_stripe.parameters import merged_metadata, require
from development_stripe.store import Account


def create_product(account: Account, values: Thing) -> Thing:
    if account.find(values.get("id", "")):
        raise StripeError("Product already exists.", code="resource_already_exists", param="id")
    given = {name: values[name] for name in values if name not in {"id", "name"}}
    product = account.add(
        catalogue.product(account, name=values["name"], identifier=values.get("id", ""), **given)
    )
    emit(account, "product.created", product)
    return product


def retrieve_product(account: Account, values: Thing, identifier: str) -> Thing:
    return account.get("product", identifier)


def listed_products(account: Account, values: Thing) -> Thing:
    products = matching(account.all("product"), values, "active")
    if "ids" in values:
        products = [one for one in products if one["id"] in values["ids"]]
    return page_of(products, values, url="/v1/products")


def create_price(account: Account, values: Thing) -> Thing:
    price = account.add(price_from(account, values, "product_data"))
    emit(account, "price.created", price)
    return price


def price_from(account: Account, values: Thing, path: str) -> Thing:
    """A price with its product from parameters; `path` is for what is missing."""
    amount = values.get("unit_amount")
    if amount is None:
        raise missing_parameter("unit_amount")
    if amount < 0:
        raise invalid_integer("unit_amount", amount)
    recurring = None
    if given := values.get("recurring"):
        recurring = catalogue.recurring(require(given, "interval"), given.get("interval_count", 1))
    return catalogue.price(
        account,
        product=_product_of(account, values, path),
        unit_amount=amount,
        currency=require(values, "currency").lower(),
        recurring=recurring,
        **{
            name: values[name]
            for name in ("active", "lookup_key", "metadata", "nickname", "tax_behavior")
            if name in values
        },
    )


def _product_of(account: Account, values: Thing, path: str) -> str:
    if "product" in values:
        identifier: str = account.get("product", values["product"], "product")["id"]
        return identifier
    data = values.get("product_data") or {}
    if not data.get("name"):
        raise missing_parameter(f"{path}[name]")
    product = account.add(
        catalogue.product(account, name=data["name"], metadata=data.get("metadata"))
    )
    return str(product["id"])


def retrieve_price(account: Account, values: Thing, identifier: str) -> Thing:
    return account.get("price", identifier)


def update_price(account: Account, values: Thing, identifier: str) -> Thing:
    price = account.get("price", identifier)
    changes: Thing = {
        name: values[name] for name in ("active", "lookup_key", "nickname") if name in values
    }
    if "metadata" in values:
        changes["metadata"] = merged_metadata(price["metadata"], values["metadata"])
    change(account, price, "price.updated", **changes)
    return price


def listed_prices(account: Account, values: Thing) -> Thing:
    prices = matching(account.all("price"), values, "active", "currency", "product", "type")
    if "lookup_keys" in values:
        prices = [one for one in prices if one["lookup_key"] in values["lookup_keys"]]
    return page_of(prices, values, url="/v1/prices")


def create_coupon(account: Account, values: Thing) -> Thing:
    if ("percent_off" in values) == ("amount_off" in values):
        raise StripeError("Give exactly one of percent_off and amount_off.", param="percent_off")
    if values.get("amount_off") and not values.get("currency"):
        raise missing_parameter("currency")
    return account.add(catalogue.coupon(account, values))


def retrieve_coupon(account: Account, values: Thing, identifier: str) -> Thing:
    return account.get("coupon", identifier)


def listed_coupons(account: Account, values: Thing) -> Thing:
    return page_of(account.all("coupon"), values, url="/v1/coupons")
