"""Settings of payments: Stripe's keys, what is sold, and where checkouts lead back to."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from ressourcefy.settings.api import CORS_ALLOWED_ORIGINS, WEB_LINKS
from ressourcefy.settings.base import DEBUG
from ressourcefy.settings.env import integer, is_web_address, names, stop, text, web_address

_CURRENCY_LETTERS = 3
_PARTS = 5
_INTERVALS = ("day", "week", "month", "year")

STRIPE_SECRET_KEY = text("STRIPE_SECRET_KEY")
# Several secrets are valid at once while one of them is being replaced.
STRIPE_WEBHOOK_SECRET = names("STRIPE_WEBHOOK_SECRET")
STRIPE_IS_LIVE = STRIPE_SECRET_KEY.startswith(("sk_live_", "rk_live_"))
# Blank: Stripe itself. Set to the development Stripe by `make run` and by tests.
STRIPE_API_BASE = web_address("STRIPE_API_BASE")

if DEBUG and STRIPE_IS_LIVE:
    stop("STRIPE_SECRET_KEY: a live key is refused with DJANGO_DEBUG=True.")
if STRIPE_API_BASE and (STRIPE_IS_LIVE or not DEBUG):
    stop("STRIPE_API_BASE: only for development, with DJANGO_DEBUG=True and no live key.")


def _currency(name: str, code: str) -> str:
    if not (len(code) == _CURRENCY_LETTERS and code.isascii() and code.isalpha()):
        stop(f"{name}: a currency has three letters, as EUR.")
    return code.upper()


def _price(entry: str) -> dict[str, Any]:
    """One entry of the catalogue: key, price, amount, currency, interval, perhaps `retired`."""
    parts = entry.split()
    is_retired = parts[5:] == ["retired"]
    if (
        len(parts) != _PARTS + is_retired
        or not parts[2].isdecimal()
        or int(parts[2]) == 0
        or parts[4] not in _INTERVALS
    ):
        stop("BILLING_PRICES: entries look like: premium-monthly price_1ABC 900 EUR month")
    return {
        "key": parts[0],
        "price_id": parts[1],
        "amount_cents": int(parts[2]),
        "currency": _currency("BILLING_PRICES", parts[3]),
        "interval": parts[4],
        "is_offered": not is_retired,
    }


# What premium costs: the prices made at Stripe. A retired one is sold no more and stays valid.
BILLING_PRICES = [_price(entry) for entry in names("BILLING_PRICES")]
for _field in ("key", "price_id"):
    if len({price[_field] for price in BILLING_PRICES}) < len(BILLING_PRICES):
        stop(f"BILLING_PRICES: two entries have the same {_field}.")
# The currency of priced resources; their price is in its smallest unit.
BILLING_CURRENCY = _currency("BILLING_CURRENCY", text("BILLING_CURRENCY", "USD"))
BILLING_TRIAL_DAYS = integer("BILLING_TRIAL_DAYS", 0, most=730)
# How long access stays open while Stripe retries a failed payment.
BILLING_PAST_DUE_GRACE = timedelta(days=integer("BILLING_PAST_DUE_GRACE_DAYS", 21))


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


# Where Stripe may send a person back to: exact origins.
BILLING_RETURN_ORIGINS = names(
    "BILLING_RETURN_ORIGINS", (_origin(WEB_LINKS["checkout_done"]), *CORS_ALLOWED_ORIGINS)
)
for _address in BILLING_RETURN_ORIGINS:
    if not is_web_address(_address) or _origin(_address) != _address or "@" in _address:
        stop("BILLING_RETURN_ORIGINS: name exact origins, as https://app.example.org.")
