"""Which part of the program answers a request."""

import re
from collections.abc import Callable
from urllib.parse import parse_qsl

from development_stripe.api import handling
from development_stripe.control import actions
from development_stripe.deliveries import Deliverer
from development_stripe.errors import StripeError
from development_stripe.life import clock
from development_stripe.messages import Request, Response, Thing, page, see_other
from development_stripe.pages import checkout, control, html, portal
from development_stripe.store import Account, Store

HOSTED = re.compile(r"/(pay|portal|invoice|receipt)/([A-Za-z0-9_]{1,255})")
KINDS = {
    "pay": "checkout.session",
    "portal": "billing_portal.session",
    "invoice": "invoice",
    "receipt": "charge",
}
SHOW: dict[str, Callable[[Account, Thing], Response]] = {
    "pay": checkout.checkout_page,
    "portal": portal.portal_page,
    "invoice": checkout.invoice_page,
    "receipt": checkout.receipt_page,
}


class Application:
    """Answers requests; free of sockets."""

    def __init__(self, store: Store, deliverer: Deliverer) -> None:
        self._store = store
        self._deliverer = deliverer

    def answer(self, request: Request) -> Response:
        """Raises faults.ConnectionLost where the connection is to end without an answer."""
        try:
            return self._routed(request)
        finally:
            self._deliverer.wake()

    def _routed(self, request: Request) -> Response:
        path = request.path
        if path.startswith("/v1/"):
            return handling.handle(self._store, request)
        if path.startswith("/control/"):
            return actions.handle(self._store, self._deliverer, request)
        return self._page(path, request)

    def _page(self, path: str, request: Request) -> Response:
        if path == "/style.css":
            return Response(200, html.STYLE.read_bytes(), "text/css; charset=utf-8")
        if path == "/":
            return self._control_page(dict(parse_qsl(request.query)).get("account", ""))
        if path.startswith("/do/") and request.method == "POST":
            return self._done(path.removeprefix("/do/"), _form(request))
        if match := HOSTED.fullmatch(path):
            return self._hosted(request, match[1], match[2])
        return _not_found()

    def _control_page(self, identifier: str, problem: str = "") -> Response:
        with self._store.lock:
            accounts = self._store.accounts()
            first = accounts[0] if accounts else None
            account = self._store.account_named(identifier) or first
            if account:
                clock.catch_up(account)
            return control.control_page(account, accounts, problem)

    def _done(self, action: str, form: Thing) -> Response:
        identifier = str(form.pop("account", ""))
        with self._store.lock:
            account = self._store.account_named(identifier)
        if account is None:
            return _not_found()
        try:
            actions.perform(self._store, self._deliverer, account.key, action, form)
        except StripeError as error:
            return self._control_page(identifier, error.message)
        return see_other(f"/?account={identifier}")

    def _hosted(self, request: Request, kind: str, identifier: str) -> Response:
        with self._store.lock:
            account = self._store.account_with(KINDS[kind], identifier)
            if account is None:
                return _not_found()
            clock.catch_up(account)
            thing = account.get(KINDS[kind], identifier)
            if request.method != "POST":
                return SHOW[kind](account, thing)
            try:
                return _submitted(kind, account, thing, _form(request))
            except StripeError as error:
                return page(html.framed("This cannot be done", html.text(error.message)), 400)
            finally:
                self._store.save()


def _submitted(kind: str, account: Account, thing: Thing, form: Thing) -> Response:
    if kind == "pay":
        return checkout.checkout_done(account, thing, form)
    if kind == "portal":
        return portal.portal_done(account, thing, form)
    if kind == "invoice":
        return checkout.invoice_done(account, thing)
    return SHOW[kind](account, thing)


def _form(request: Request) -> Thing:
    return dict(parse_qsl(request.body.decode(errors="replace"), keep_blank_values=True))


def _not_found() -> Response:
    return page(html.framed("Not found", html.paragraph("There is no such page.")), 404)
