"""What premium costs: the prices that an operator has made at Stripe (`docs/payments.md`)."""

from dataclasses import dataclass

from django.conf import settings


@dataclass(frozen=True, slots=True)
class Price:
    """A way to pay for premium. `amount_cents` is in the smallest unit of `currency`."""

    key: str
    price_id: str
    amount_cents: int
    currency: str
    interval: str
    is_offered: bool


def all_prices() -> tuple[Price, ...]:
    """The whole catalogue, with what is no longer sold and still paid for."""
    return tuple(Price(**entry) for entry in settings.BILLING_PRICES)


def offered_prices() -> tuple[Price, ...]:
    """What is sold today."""
    return tuple(price for price in all_prices() if price.is_offered)


def find_offer(*, key: str = "", price_id: str = "") -> Price | None:
    """The offer of that key, or of that price at Stripe; None if nothing of it is sold today."""
    return next(
        (
            price
            for price in offered_prices()
            if (key and price.key == key) or (price_id and price.price_id == price_id)
        ),
        None,
    )


def is_in_catalogue(price_id: str) -> bool:
    """Whether a price at Stripe is ours, sold today or not: nothing else buys premium."""
    return any(price.price_id == price_id for price in all_prices())
