"""Troubles on purpose: what a client sees when Stripe is slow, broken or away."""

import time

from development_stripe.errors import invalid_value
from development_stripe.messages import Response, Thing
from development_stripe.store import Account

KINDS = ("delay", "reset", "status", "garbage")


class ConnectionLost(Exception):
    """The connection ends without an answer."""


def make(given: Thing) -> Thing:
    """A fault from a control call; raises StripeError."""
    kind = given.get("kind")
    if kind not in KINDS:
        raise invalid_value("kind", f"A fault is one of {', '.join(KINDS)}.")
    return {
        "kind": kind,
        "seconds": float(given.get("seconds", 1)),
        "times": int(given.get("times", 1)),
        "status": int(given.get("status", 500)),
        "path_prefix": str(given.get("path_prefix", "/v1/")),
        "method": given.get("method"),
        "when": "after" if given.get("when") == "after" else "before",
    }


def take(account: Account, method: str, path: str) -> Thing | None:
    """The fault that strikes this request; it has one time less afterwards."""
    for fault in account.faults:
        if path.startswith(fault["path_prefix"]) and fault["method"] in {None, method}:
            fault["times"] -= 1
            if fault["times"] <= 0:
                account.faults.remove(fault)
            return fault
    return None


def strike(fault: Thing | None, when: str) -> Response | None:
    """The answer instead of the real one; raises ConnectionLost. A delay only takes its time."""
    if fault is None or fault["when"] != when:
        return None
    if fault["kind"] == "reset":
        raise ConnectionLost
    if fault["kind"] == "garbage":
        return Response(200, b'{"object": "list", "data": [')
    if fault["kind"] == "status":
        body = b'{"error": {"message": "An unknown error occurred.", "type": "api_error"}}'
        return Response(fault["status"], body)
    time.sleep(fault["seconds"])
    return None
