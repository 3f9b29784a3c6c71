"""One request to `/v1/`: the key, the version, idempotency, troubles on purpose, the answer."""

import base64
from dataclasses import dataclass
from email.utils import formatdate
from urllib.parse import unquote

from development_stripe import faults, forms
from development_stripe.api import endpoints
from development_stripe.errors import StripeError, unauthorized
from development_stripe.life import clock
from development_stripe.messages import Request, Response, Thing, json_response
from development_stripe.store import API_VERSION, Account, Store, new_id

LIVE = ("sk_live_", "rk_live_")
TEST = ("sk_test_", "rk_test_")
NO_EVENT_REQUEST = {"id": None, "idempotency_key": None}


def handle(store: Store, request: Request) -> Response:
    """Raises faults.ConnectionLost where the connection is to end without an answer."""
    headers = {"Request-Id": new_id("req", 14), "Stripe-Version": API_VERSION}
    try:
        key = key_of(request)
        _refuse_other_versions(request)
        given = forms.decode(_parameters(request))
        return _answered(store, key, request, given, headers)
    except StripeError as error:
        return json_response(error.status, error.as_body(), headers)


def key_of(request: Request) -> str:
    """The secret key, from Bearer or Basic; raises StripeError for none and for live ones."""
    scheme, _space, credentials = request.headers.get("authorization", "").partition(" ")
    key = credentials.strip() if scheme.lower() == "bearer" else ""
    if scheme.lower() == "basic":
        try:
            key = base64.b64decode(credentials, validate=True).decode().partition(":")[0]
        except ValueError as error:
            raise unauthorized("Invalid basic authorization.") from error
    if not key:
        raise unauthorized(
            "You did not provide an API key. You need to provide your API key in the Authorization"
            " header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY')."
        )
    if key.startswith(LIVE):
        raise unauthorized("Live keys have no business at the development Stripe.")
    if not key.startswith(TEST) or not key.isascii():
        raise unauthorized(f"Invalid API Key provided: {key[:8]}****")
    return key


def _refuse_other_versions(request: Request) -> None:
    version = request.headers.get("stripe-version", API_VERSION)
    if version != API_VERSION:
        raise StripeError(
            f"The development Stripe speaks version {API_VERSION} only, not {version}."
        )


def _parameters(request: Request) -> str:
    if request.method == "POST":
        try:
            return request.body.decode()
        except UnicodeDecodeError as error:
            raise StripeError("Invalid request: the parameters cannot be read.") from error
    return request.query


def _answered(
    store: Store, key: str, request: Request, given: Thing, headers: dict[str, str]
) -> Response:
    asked = _Asked(
        method=request.method,
        path=unquote(request.path).rstrip("/"),
        given=given,
        request_id=headers["Request-Id"],
        key=request.headers.get("idempotency-key", "") if request.method == "POST" else "",
    )
    with store.lock:
        account = store.account(key)
        clock.catch_up(account)
        # As at Stripe, the time of the answer is that of the events.
        headers["Date"] = formatdate(account.now(), usegmt=True)
        fault = faults.take(account, asked.method, asked.path)
        kept = None
        if asked.key:
            kept = endpoints.kept_answer(account, asked.key, asked.mark)
            account.running.add(asked.key)
    try:
        if instead := faults.strike(fault, "before"):
            return instead
        if kept:
            headers["Idempotent-Replayed"] = "true"
            body = kept["body"]
        else:
            with store.lock:
                body = _body(account, asked)
                store.save()
    finally:
        with store.lock:
            account.running.discard(asked.key)
    return faults.strike(fault, "after") or json_response(200, body, headers)


@dataclass(frozen=True)
class _Asked:
    method: str
    path: str
    given: Thing
    request_id: str
    key: str

    @property
    def mark(self) -> str:
        """The same for the same request."""
        return endpoints.fingerprint(self.method, self.path, self.given)


def _body(account: Account, asked: _Asked) -> Thing:
    account.request = {"id": asked.request_id, "idempotency_key": asked.key or None}
    try:
        body = endpoints.answer(account, asked.method, asked.path, asked.given)
    finally:
        account.request = dict(NO_EVENT_REQUEST)
    if asked.key:
        endpoints.keep_answer(account, asked.key, asked.mark, body)
    return body
