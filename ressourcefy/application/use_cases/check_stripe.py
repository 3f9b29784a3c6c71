"""Does Stripe know what our settings say? Nothing is changed, here or there."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.http.request import validate_host

from application.exceptions import PaymentsRefused
from application.services.billing.events import APPLIERS
from application.services.stripe_service import API_VERSION, Object, StripeService, is_configured
from monetization.services.catalogue import Price, all_prices

_PATH = "/api/billing/webhook/"
_EVERY_EVENT = "*"


@dataclass(slots=True)
class CheckStripe:
    """The key, the address that Stripe delivers to, and the prices of the catalogue.

    Answers with a sentence for each problem. Raises PaymentsUnavailable where Stripe does not
    answer.
    """

    payments: Callable[[], StripeService] = StripeService.patient

    def execute(self) -> list[str]:
        if not is_configured():
            return ["STRIPE_SECRET_KEY is not set."]
        return [*_settings(), *_endpoint(self.payments()), *_prices(self.payments)]


def _settings() -> Iterator[str]:
    if not settings.STRIPE_IS_LIVE and not settings.DEBUG:
        yield "STRIPE_SECRET_KEY is a test key, and DJANGO_DEBUG is off."
    if not settings.STRIPE_WEBHOOK_SECRET:
        yield "STRIPE_WEBHOOK_SECRET is not set: every delivery is refused."
    if not settings.BILLING_PRICES:
        yield "BILLING_PRICES is empty: nobody can subscribe."


def _endpoint(stripe: StripeService) -> Iterator[str]:
    ours = [each for each in stripe.webhook_endpoints() if _is_ours(str(each.get("url")))]
    if not ours:
        yield f"Stripe has no webhook endpoint with the path {_PATH} on a host of ours."
    for endpoint in ours:
        name = f"The webhook endpoint {endpoint['id']}"
        if endpoint.get("status") != "enabled":
            yield f"{name} is {endpoint.get('status')}."
        if endpoint.get("api_version") != API_VERSION:
            version = endpoint.get("api_version") or "the version of the account"
            yield f"{name} delivers in the shape of {version}; we read {API_VERSION}."
        listened = set(endpoint.get("enabled_events") or ())
        missing = sorted(set(APPLIERS) - listened)
        if missing and _EVERY_EVENT not in listened:
            yield f"{name} does not deliver {', '.join(missing)}."


def _is_ours(url: str) -> bool:
    parts = urlsplit(url)
    return parts.path == _PATH and validate_host(parts.hostname or "", settings.ALLOWED_HOSTS)


def _prices(payments: Callable[[], StripeService]) -> Iterator[str]:
    for price in all_prices():
        try:
            answer = payments().price(price.price_id)
        except PaymentsRefused as refusal:
            if not refusal.is_missing:
                raise
            yield f"{price.key}: Stripe does not know the price {price.price_id}."
        else:
            for difference in _differences(price, answer):
                yield f"{price.key}: the price {price.price_id} {difference}."


def _differences(price: Price, answer: Object) -> Iterator[str]:
    recurring = answer.get("recurring") or {}
    count = recurring.get("interval_count") or 1
    interval = recurring.get("interval") if count == 1 else f"{count} {recurring.get('interval')}s"
    if price.is_offered and answer.get("active") is not True:
        yield "is not active at Stripe"
    if answer.get("unit_amount") != price.amount_cents:
        yield f"costs {answer.get('unit_amount')} at Stripe, not {price.amount_cents}"
    if str(answer.get("currency")).upper() != price.currency:
        yield f"is in {str(answer.get('currency')).upper()} at Stripe, not {price.currency}"
    if interval != price.interval:
        yield f"is paid each {interval} at Stripe, not each {price.interval}"
