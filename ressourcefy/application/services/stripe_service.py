"""Stripe, and the only module that knows its client.

Calls are made outside any transaction, within a deadline, and answer with plain values. What the
product makes of an answer is decided elsewhere (`application.services.billing`).
"""

import json
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from uuid import UUID

import stripe
from django.conf import settings
from django.db import transaction

from application.exceptions import PaymentsNotConfigured, PaymentsRefused, PaymentsUnavailable
from application.services.stripe_turns import Turns

logger = logging.getLogger(__name__)

#: The version of Stripe's API that our client speaks.
API_VERSION = stripe.api_version
#: The release of Stripe's API that we read, without its date.
API_RELEASE = stripe.api_version.partition(".")[2]
#: Marks what this product made at Stripe, where other shops may share the account.
APP = "ressourcefy"

# How long a use case may spend on all its calls, and one call on each try.
_DEADLINE_SECONDS = 8.0
_CALL_SECONDS = 3.0
_CONNECT_SECONDS = 1.0
_LEAST_SECONDS = 0.2
_TRIES = 2
_PAUSE_SECONDS = 0.2
# A worker may take longer: nobody waits for it.
PATIENT_SECONDS = 20.0
_TURNS = Turns()
# Clocks may differ by so much, and a captured delivery is worthless after it.
_SIGNATURE_TOLERANCE_SECONDS = 300
_PAGE = 100

type Object = dict[str, Any]
type Ask = Callable[[stripe.StripeClient, Any], stripe.StripeObject]
# Pages have the parameters of their list and those of paging, which no type describes together.
type AskForPage = Callable[[Any, Any, dict[str, Any]], stripe.StripeObject]


@dataclass(frozen=True, slots=True)
class OpenedSession:
    """A checkout that waits for its payer at `url`."""

    session_id: str
    url: str
    expires_at: datetime


def is_configured() -> bool:
    """Whether there is a key to call Stripe with."""
    return bool(settings.STRIPE_SECRET_KEY)


def is_genuine(body: bytes, signature: str) -> bool:
    """Whether Stripe signed these bytes with one of our secrets, at most five minutes ago.

    https://docs.stripe.com/webhooks#verify-manually. Raises PaymentsNotConfigured without a secret.
    """
    if not settings.STRIPE_WEBHOOK_SECRET:
        raise PaymentsNotConfigured
    return any(
        _is_signed_with(secret, body, signature) for secret in settings.STRIPE_WEBHOOK_SECRET
    )


def _is_signed_with(secret: str, body: bytes, signature: str) -> bool:
    try:
        stripe.WebhookSignature.verify_header(
            body, signature, secret, tolerance=_SIGNATURE_TOLERANCE_SECONDS
        )
    except (stripe.SignatureVerificationError, ValueError):
        # Bytes that are no UTF-8, and characters that no signature has.
        return False
    return True


_RETRIEVERS: dict[str, Callable[[Any, str, Any], stripe.StripeObject]] = {
    "checkout.session": lambda v1, id_, options: v1.checkout.sessions.retrieve(id_, {}, options),
    "invoice": lambda v1, id_, options: v1.invoices.retrieve(id_, {}, options),
    "invoice_payment": lambda v1, id_, options: v1.invoice_payments.retrieve(id_, {}, options),
    "charge": lambda v1, id_, options: v1.charges.retrieve(id_, {}, options),
    "refund": lambda v1, id_, options: v1.refunds.retrieve(id_, {}, options),
    "dispute": lambda v1, id_, options: v1.disputes.retrieve(id_, {}, options),
    "customer": lambda v1, id_, options: v1.customers.retrieve(id_, {}, options),
}


@dataclass(slots=True)
class StripeService:
    """One use case's calls: `seconds` for all of them together.

    Every method raises PaymentsUnavailable where Stripe is away, slow or out of order,
    PaymentsRefused where it will not do what we ask, and PaymentsNotConfigured without a key.
    """

    seconds: float = _DEADLINE_SECONDS
    _ends_at: float = field(init=False)
    _has_turn: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        self._ends_at = time.monotonic() + self.seconds

    @classmethod
    def patient(cls) -> "StripeService":
        """For a worker or a command."""
        return cls(seconds=PATIENT_SECONDS)

    # What a person does --------------------------------------------------------------------------

    def create_customer(self, *, user_id: UUID, email: str, key: str) -> str:
        """The id of a new customer; the same one for the same `key`."""
        customer = self._call(
            lambda client, options: client.v1.customers.create(
                {"email": email, "metadata": {"app": APP, "user": str(user_id)}}, options
            ),
            key=key,
        )
        with _in_shape():
            return str(customer["id"])

    def create_checkout_session(self, parameters: Mapping[str, Any], *, key: str) -> OpenedSession:
        """A checkout; the same one for the same `key`."""
        session = self._call(
            lambda client, options: client.v1.checkout.sessions.create(
                parameters,  # type: ignore[arg-type]
                options,
            ),
            key=key,
        )
        with _in_shape():
            return OpenedSession(
                session_id=session["id"],
                url=session["url"],
                expires_at=datetime.fromtimestamp(session["expires_at"], UTC),
            )

    def expire_checkout_session(self, session_id: str) -> None:
        """Close a checkout that nobody shall pay any more."""
        self._call(
            lambda client, options: client.v1.checkout.sessions.expire(session_id, {}, options)
        )

    def create_portal_session(self, *, customer_id: str, return_url: str, locale: str) -> str:
        """The address of the page where a customer manages cards, plan and cancellation."""
        portal = self._call(
            lambda client, options: client.v1.billing_portal.sessions.create(
                {
                    "customer": customer_id,
                    "return_url": return_url,
                    "locale": locale,
                },
                options,
            )
        )
        with _in_shape():
            return str(portal["url"])

    # What an administrator does ------------------------------------------------------------------

    def cancel_subscription(self, subscription_id: str) -> Object:
        """End a subscription now; the subscription as it is then."""
        return self._call(
            lambda client, options: client.v1.subscriptions.cancel(subscription_id, {}, options)
        )

    def create_refund(self, *, payment_intent: str, amount_cents: int, refund_id: UUID) -> Object:
        """Give money back, once for each `refund_id`."""
        return self._call(
            lambda client, options: client.v1.refunds.create(
                {
                    "payment_intent": payment_intent,
                    "amount": amount_cents,
                    "metadata": {"app": APP, "refund": str(refund_id)},
                },
                options,
            ),
            key=str(refund_id),
        )

    # What is asked anew --------------------------------------------------------------------------

    def subscription(self, subscription_id: str) -> Object:
        """A subscription as it is now."""
        return self._call(
            lambda client, options: client.v1.subscriptions.retrieve(subscription_id, {}, options)
        )

    def subscriptions_of(self, customer_id: str) -> Iterator[Object]:
        """All subscriptions of a customer, ended ones too."""
        return self._all(
            lambda client, options, page: client.v1.subscriptions.list(
                {"customer": customer_id, "status": "all", **page}, options
            )
        )

    def checkout_session(self, session_id: str) -> Object:
        """A checkout as it is now."""
        return self._call(
            lambda client, options: client.v1.checkout.sessions.retrieve(session_id, {}, options)
        )

    def completed_sessions_of(self, customer_id: str) -> Iterator[Object]:
        """The checkouts that a customer has completed."""
        return self._all(
            lambda client, options, page: client.v1.checkout.sessions.list(
                {"customer": customer_id, "status": "complete", **page}, options
            )
        )

    def charge_of(self, payment_intent: str) -> Object | None:
        """The latest charge of a payment intent; None as long as nothing was charged."""
        intent = self._call(
            lambda client, options: client.v1.payment_intents.retrieve(
                payment_intent, {"expand": ["latest_charge"]}, options
            )
        )
        charge = intent.get("latest_charge")
        return charge if isinstance(charge, dict) else None

    def refunds_of(self, payment_intent: str) -> Iterator[Object]:
        """The refunds of a payment intent."""
        return self._all(
            lambda client, options, page: client.v1.refunds.list(
                {"payment_intent": payment_intent, **page}, options
            )
        )

    def payment_intent_of_invoice(self, invoice_id: str) -> str | None:
        """The payment intent that paid an invoice; None if it was paid otherwise, or not yet."""
        payments = self._all(
            lambda client, options, page: client.v1.invoice_payments.list(
                {"invoice": invoice_id, "status": "paid", **page}, options
            )
        )
        for payment in payments:
            intent = (payment.get("payment") or {}).get("payment_intent")
            if intent:
                return str(intent["id"] if isinstance(intent, dict) else intent)
        return None

    def undelivered_events(self) -> Iterator[Object]:
        """The events of the last 30 days that some endpoint has not taken."""
        return self._all(
            lambda client, options, page: client.v1.events.list(
                {"delivery_success": False, **page}, options
            )
        )

    def retrieve(self, kind: str, object_id: str) -> Object | None:
        """An object as it is now, by its `object` and id; None for a kind that we do not read."""
        retriever = _RETRIEVERS.get(kind)
        if retriever is None:
            return None
        return self._call(lambda client, options: retriever(client.v1, object_id, options))

    def event(self, event_id: str) -> Object:
        """An event of the last 30 days."""
        return self._call(lambda client, options: client.v1.events.retrieve(event_id, {}, options))

    def price(self, price_id: str) -> Object:
        """A price."""
        return self._call(lambda client, options: client.v1.prices.retrieve(price_id, {}, options))

    def webhook_endpoints(self) -> Iterator[Object]:
        """The addresses that Stripe delivers to."""
        return self._all(
            lambda client, options, page: client.v1.webhook_endpoints.list({**page}, options)
        )

    # How -----------------------------------------------------------------------------------------

    def _call(self, ask: Ask, *, key: str = "") -> Object:
        """Ask with at most one more try; what we ask twice has a key or changes nothing."""
        if not is_configured():
            raise PaymentsNotConfigured
        # Whoever waits for Stripe with an open transaction holds locks that long.
        with transaction.atomic(durable=True):
            pass
        remaining = _TRIES
        with self.turn():
            while True:
                try:
                    with self._client() as client:
                        answer = ask(client, {"idempotency_key": key} if key else {})
                except stripe.StripeError as error:
                    # While another request with our key runs we wait for what it gets.
                    remaining -= error.http_status != HTTPStatus.CONFLICT
                    if not remaining or not _is_passing(error):
                        raise _as_ours(error) from error
                    time.sleep(min(_PAUSE_SECONDS, self._left))
                else:
                    return _plain(answer)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """One of the few places among those who wait for Stripe, for several calls in a row.

        Every call takes one unless its caller has; workers and commands need none. Raises
        PaymentsUnavailable.
        """
        if self._has_turn or self.seconds > _DEADLINE_SECONDS:
            yield
            return
        with _TURNS.taken(seconds=self._left):
            self._has_turn = True
            try:
                yield
            finally:
                self._has_turn = False

    def _all(self, ask: AskForPage) -> Iterator[Object]:
        """Every object of a list, page after page."""
        page: dict[str, Any] = {"limit": _PAGE}
        while True:
            answer = self._call(lambda client, options: ask(client, options, dict(page)))
            yield from answer["data"]
            if not answer.get("has_more") or not answer["data"]:
                return
            page["starting_after"] = answer["data"][-1]["id"]
            self._ends_at = time.monotonic() + self.seconds

    @property
    def _left(self) -> float:
        return max(self._ends_at - time.monotonic(), 0.0)

    @contextmanager
    def _client(self) -> Iterator[stripe.StripeClient]:
        """A client for one try, with the time that is left."""
        seconds = min(_CALL_SECONDS, self._left)
        if seconds < _LEAST_SECONDS:
            raise PaymentsUnavailable
        # To connect and to answer have a limit each.
        connection = stripe.RequestsClient(timeout=(min(_CONNECT_SECONDS, seconds), seconds))
        try:
            yield stripe.StripeClient(
                settings.STRIPE_SECRET_KEY,
                base_addresses={"api": settings.STRIPE_API_BASE or stripe.DEFAULT_API_BASE},
                max_network_retries=0,
                http_client=connection,
            )
        finally:
            connection.close()  # type: ignore[no-untyped-call]


def _plain(answer: stripe.StripeObject) -> Object:
    """The answer as a delivery would hold it: since stripe 15 an object of the client is no dict,
    and its decimal fractions are numbers, where JSON has texts.
    """
    plain: Object = json.loads(json.dumps(answer.to_dict(), default=str))
    return plain


@contextmanager
def _in_shape() -> Iterator[None]:
    """Around reading an answer: one that lacks what it has to have is none."""
    try:
        yield
    except (KeyError, TypeError, ValueError) as error:
        logger.warning("Stripe does not answer as it should.", extra={"stripe_error": repr(error)})
        raise PaymentsUnavailable from error


def _is_passing(error: stripe.StripeError) -> bool:
    """Whether trying again may help."""
    return isinstance(error, stripe.APIConnectionError | stripe.RateLimitError) or (
        isinstance(error, stripe.APIError) and not isinstance(error, stripe.InvalidRequestError)
    )


def _as_ours(error: stripe.StripeError) -> Exception:
    facts = {
        "stripe_error": type(error).__name__,
        "stripe_code": error.code,
        "stripe_status": error.http_status,
        "stripe_request": error.request_id,
    }
    if isinstance(error, stripe.InvalidRequestError | stripe.CardError | stripe.IdempotencyError):
        logger.error("Stripe refused a request.", extra=facts)
        return PaymentsRefused(
            stripe_code=error.code or "", parameter=getattr(error, "param", None) or ""
        )
    if isinstance(error, stripe.AuthenticationError | stripe.PermissionError):
        logger.error("Stripe does not accept our key.", extra=facts)
        return PaymentsUnavailable()
    logger.warning("Stripe does not answer as it should.", extra=facts)
    return PaymentsUnavailable()
