"""The table of control calls, shared by `POST /control/…` and the buttons of the control page."""

import json
from collections.abc import Callable

from development_stripe.api.handling import key_of
from development_stripe.control import happenings, sending
from development_stripe.deliveries import Deliverer
from development_stripe.errors import StripeError
from development_stripe.life import clock
from development_stripe.messages import Request, Response, Thing, json_response
from development_stripe.store import Account, Store

QUICK: dict[str, Callable[[Account, Thing], Thing]] = {
    "advance": happenings.advance,
    "answer_dispute": happenings.answer_dispute,
    "cancel": happenings.end,
    "cancel_at_period_end": happenings.cancel_at_period_end,
    "card": happenings.set_card,
    "catalogue": happenings.make_catalogue,
    "change_plan": happenings.change_plan,
    "close_dispute": happenings.close_dispute,
    "dispute": happenings.dispute,
    "drop": happenings.drop,
    "duplicate": sending.duplicate,
    "emit": happenings.emit,
    "endpoint": happenings.set_endpoint,
    "expire": happenings.expire,
    "fail_refund": happenings.fail_refund,
    "fault": happenings.fault,
    "hold": happenings.hold,
    "pay": happenings.pay,
    "pay_invoice": happenings.pay_invoice,
    "payment": happenings.make_payment,
    "refund": happenings.refund,
    "renew": happenings.renew,
    "resend": sending.resend,
    "settle_debit": happenings.settle_debit,
    "status": happenings.set_status,
    "take": sending.take,
}
# These use the network or wait: the store's lock is not held meanwhile.
SLOW: dict[str, Callable[[Store, Deliverer, Account, Thing], Thing]] = {
    "flush": sending.flush,
    "shuffle": sending.shuffle,
    "wait": sending.wait,
}


def perform(store: Store, deliverer: Deliverer, key: str, name: str, body: Thing) -> Thing:
    """Raises StripeError."""
    if name == "reset":
        with store.lock:
            store.reset(key)
            store.save()
        return {"reset": True}
    with store.lock:
        account = store.account(key)
        clock.catch_up(account)
        if name in QUICK:
            try:
                # A copy: what is answered must not change while it is written.
                answer = json.loads(json.dumps(QUICK[name](account, body)))
            finally:
                store.save()
                deliverer.wake()
            return dict(answer)
    if name not in SLOW:
        raise StripeError(f"There is no control call named {name}.", status=404)
    return SLOW[name](store, deliverer, account, body)


def handle(store: Store, deliverer: Deliverer, request: Request) -> Response:
    """`POST /control/<name>` and `GET /control/deliveries`."""
    try:
        key = key_of(request)
        name = request.path.removeprefix("/control/").rstrip("/")
        if request.method == "GET":
            return json_response(200, _shown(store, key, name))
        return json_response(200, perform(store, deliverer, key, name, _body(request)))
    except StripeError as error:
        return json_response(error.status, error.as_body())


def _shown(store: Store, key: str, name: str) -> Thing:
    with store.lock:
        account = store.account(key)
        if name == "deliveries":
            return sending.listed(account)
        if name == "account":
            return {
                "id": account.id,
                "now": account.now(),
                "offset": account.offset,
                "hold": account.hold,
                "drop": account.drop,
                "faults": list(account.faults),
            }
    raise StripeError(f"There is nothing to see under {name}.", status=404)


def _body(request: Request) -> Thing:
    if not request.body.strip():
        return {}
    try:
        body = json.loads(request.body)
    except ValueError as error:
        raise StripeError("The body is no JSON.") from error
    if isinstance(body, list):
        return {"prices": body}
    if not isinstance(body, dict):
        raise StripeError("The body has to be an object.")
    return body
