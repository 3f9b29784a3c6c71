"""Control calls about deliveries: again, many times, in another order, by hand."""

import random
import time

from development_stripe.control.values import number, text
from development_stripe.deliveries import Deliverer, body_of, mark_delivered, signed
from development_stripe.errors import invalid_value
from development_stripe.life.events import listeners, queue
from development_stripe.messages import Thing
from development_stripe.store import Account, Store

MOST_COPIES = 200
LONGEST_WAIT = 60
POLL_SECONDS = 0.02


def resend(account: Account, body: Thing) -> Thing:
    return duplicate(account, body | {"times": 1})


def duplicate(account: Account, body: Thing) -> Thing:
    """Copies of an event to every endpoint, sent side by side."""
    event = account.get("event", text(body, "event"), "event")
    times = number(body, "times", 20)
    if not 1 <= times <= MOST_COPIES:
        raise invalid_value("times", f"times is a number from 1 to {MOST_COPIES}.")
    endpoints = listeners(account, event["type"])
    # What is asked for by name is not dropped.
    drop, account.drop = account.drop, 0
    made = [queue(account, event, one) for _time in range(times) for one in endpoints]
    account.drop = drop
    return {"deliveries": [one["id"] for one in made]}


def shuffle(store: Store, deliverer: Deliverer, account: Account, body: Thing) -> Thing:
    """Everything that is pending, once, one after the other, in an order left to chance."""
    with store.lock:
        waiting = _pending(account)
        seed = number(body, "seed", random.SystemRandom().randrange(2**32))
        random.Random(seed).shuffle(waiting)  # noqa: S311 - an order to repeat, no secret
    return {"seed": seed, **_sent(store, deliverer, account, waiting)}


def flush(store: Store, deliverer: Deliverer, account: Account, body: Thing) -> Thing:
    """Everything that is pending, once, in the order in which it happened; or what is named."""
    with store.lock:
        named = body.get("deliveries")
        waiting = _pending(account)
        if named is not None:
            waiting = [one for one in named if one in account.deliveries]
    return _sent(store, deliverer, account, waiting)


def wait(store: Store, deliverer: Deliverer, account: Account, body: Thing) -> Thing:
    """Until nothing is left to deliver, `seconds` at most."""
    deadline = time.monotonic() + min(number(body, "seconds", 10), LONGEST_WAIT)
    while True:
        with store.lock:
            idle = deliverer.is_idle(account)
        if idle or time.monotonic() > deadline:
            return {"idle": idle}
        time.sleep(POLL_SECONDS)


def take(account: Account, body: Thing) -> Thing:
    """Hands out what is pending, signed as of now, and counts it as delivered."""
    taken = []
    for identifier in _pending(account):
        delivery = account.deliveries[identifier]
        taken.append(shown(account, delivery))
        mark_delivered(account, delivery, "taken")
    return {"data": taken}


def listed(account: Account) -> Thing:
    """All deliveries with body and signature, for tests that post them by themselves."""
    return {
        "data": [
            shown(account, one)
            for one in account.deliveries.values()
            if one["event"] in account.objects.get("event", {})
        ]
    }


def shown(account: Account, delivery: Thing) -> Thing:
    return delivery | {
        "body": body_of(account, delivery).decode(),
        "signature": signed(account, delivery),
    }


def _pending(account: Account) -> list[str]:
    return [key for key in account.deliveries if key in account.pending]


def _sent(store: Store, deliverer: Deliverer, account: Account, waiting: list[str]) -> Thing:
    deliverer.send_now(account, waiting)
    with store.lock:
        chosen = [account.deliveries[one] for one in waiting]
        return {
            "types": [one["type"] for one in chosen],
            "states": [one["state"] for one in chosen],
        }
