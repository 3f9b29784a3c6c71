"""Tells the webhook endpoints of an account what happened."""

from typing import Any

from development_stripe.messages import Thing
from development_stripe.objects.events import event
from development_stripe.store import Account, new_id


def emit(account: Account, kind: str, thing: Thing, previous: Thing | None = None) -> Thing:
    """Record an event; each endpoint that wants to know of it gets a delivery."""
    recorded = account.add(event(account, kind=kind, thing=thing, previous=previous))
    for endpoint in listeners(account, kind):
        queue(account, recorded, endpoint)
    return recorded


def listeners(account: Account, kind: str) -> list[Thing]:
    """The endpoints that want to know of such events."""
    return [
        one
        for one in account.all("webhook_endpoint")
        if one["status"] == "enabled" and {"*", kind} & set(one["enabled_events"])
    ]


def queue(account: Account, recorded: Thing, endpoint: Thing) -> Thing:
    """One more delivery of an event; it is lost if the next ones are to be dropped."""
    dropped = account.drop > 0
    account.drop -= dropped
    delivery: Thing = {
        "id": new_id("del"),
        "event": recorded["id"],
        "type": recorded["type"],
        "endpoint": endpoint["id"],
        "state": "dropped" if dropped else "pending",
        "tries": 0,
        "next_try_at": 0.0,
        "first_try_at": None,
        "answer": None,
    }
    account.deliveries[delivery["id"]] = delivery
    if not dropped:
        account.pending.add(delivery["id"])
    reached = account.note(recorded["id"]).setdefault("reached", {})
    reached.setdefault(endpoint["id"], False)
    _count_pending(account, recorded)
    return delivery


def mark_reached(account: Account, delivery: Thing) -> None:
    """One of the deliveries to this endpoint arrived; how many others did not, is no matter."""
    event = account.objects["event"].get(delivery["event"])
    if event:
        account.note(event["id"])["reached"][delivery["endpoint"]] = True
        _count_pending(account, event)


def _count_pending(account: Account, event: Thing) -> None:
    reached = account.note(event["id"])["reached"]
    event["pending_webhooks"] = list(reached.values()).count(False)


def change(account: Account, thing: Thing, kind: str, **changes: Any) -> bool:
    """Set attributes and tell of those that are others than before; False if none is."""
    previous = {name: thing[name] for name, value in changes.items() if thing[name] != value}
    if not previous:
        return False
    thing.update(changes)
    emit(account, kind, thing, previous)
    return True
