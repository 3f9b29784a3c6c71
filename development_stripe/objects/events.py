"""Events: a copy of an object at the moment when something happened to it."""

import copy

from development_stripe.messages import Thing
from development_stripe.store import API_VERSION, Account, new_id


def event(account: Account, *, kind: str, thing: Thing, previous: Thing | None) -> Thing:
    data: Thing = {"object": copy.deepcopy(thing)}
    if previous is not None:
        data["previous_attributes"] = copy.deepcopy(previous)
    return {
        "id": new_id("evt"),
        "object": "event",
        "api_version": API_VERSION,
        "created": account.now(),
        "data": data,
        "livemode": False,
        "pending_webhooks": 0,
        "request": dict(account.request),
        "type": kind,
    }
