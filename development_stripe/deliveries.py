"""Sends events to the webhook endpoints, again and again until each is answered with 2xx."""

import http.client
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

from development_stripe.life import clock
from development_stripe.life.events import mark_reached
from development_stripe.messages import Thing, to_json
from development_stripe.periods import DAY
from development_stripe.signatures import signature_header
from development_stripe.store import Account, Store

ANSWER_SECONDS = 20.0
LONGEST_WAIT = 60.0
GIVE_UP_AFTER = 3 * DAY
TICK = 1.0
AT_ONCE = 32
SUCCESS = 2


class Deliverer:
    """One thread that looks for what is due, and a pool that sends it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._pool = ThreadPoolExecutor(max_workers=AT_ONCE)
        self._wake = threading.Event()
        self._in_flight: set[str] = set()
        self._next_tick = 0.0
        self._stopped = False

    def start(self) -> None:
        threading.Thread(target=self._run, daemon=True).start()

    def stop(self) -> None:
        """Nothing is sent any more; what is on its way is left alone."""
        with self._store.lock:
            self._stopped = True
            self._pool.shutdown(wait=False, cancel_futures=True)
        self._wake.set()

    def wake(self) -> None:
        """Something may have to be sent."""
        self._wake.set()

    def is_idle(self, account: Account) -> bool:
        """Whether all is delivered that can be; the store's lock is held."""
        in_flight = not self._in_flight.isdisjoint(account.deliveries)
        return not in_flight and (account.hold or not account.pending)

    def send_now(self, account: Account, identifiers: Sequence[str]) -> None:
        """One try of each, one after the other, in this order; also of those that are held."""
        for identifier in identifiers:
            with self._store.lock:
                if identifier in self._in_flight:
                    continue
                self._in_flight.add(identifier)
            self._try(account, identifier)

    def _run(self) -> None:
        while not self._stopped:
            self._wake.clear()
            with self._store.lock:
                if self._stopped:
                    return
                wait = self._look()
            self._wake.wait(wait)

    def _look(self) -> float:
        now, wait = time.time(), TICK
        self._tick(now)
        for account in self._store.accounts():
            if account.hold:
                continue
            for identifier in account.pending - self._in_flight:
                due = account.deliveries[identifier]["next_try_at"]
                if due <= now:
                    self._in_flight.add(identifier)
                    self._pool.submit(self._try, account, identifier)
                else:
                    wait = min(wait, due - now)
        return wait

    def _tick(self, now: float) -> None:
        """Clocks go on also where nobody asks."""
        if now < self._next_tick:
            return
        self._next_tick = now + TICK
        for account in self._store.accounts():
            clock.catch_up(account)
        if any(account.has_changed for account in self._store.accounts()):
            self._store.save()

    def _try(self, account: Account, identifier: str) -> None:
        try:
            with self._store.lock:
                message = _message(account, account.deliveries[identifier])
            answer = _post(*message) if message else "the endpoint is gone"
            with self._store.lock:
                _record(account, account.deliveries[identifier], answer)
                self._store.save()
        finally:
            with self._store.lock:
                self._in_flight.discard(identifier)
            self._wake.set()


def body_of(account: Account, delivery: Thing) -> bytes:
    """The same bytes at every try of every copy."""
    event = account.get("event", delivery["event"])
    return to_json(event | {"pending_webhooks": 1})


def signed(account: Account, delivery: Thing) -> str:
    """The signature header, as of now: receivers refuse old ones."""
    secret = account.note(delivery["endpoint"])["secret"]
    return signature_header(body_of(account, delivery), secret, int(time.time()))


def mark_delivered(account: Account, delivery: Thing, answer: int | str) -> None:
    delivery.update(state="delivered", answer=answer)
    account.pending.discard(delivery["id"])
    mark_reached(account, delivery)


def _message(account: Account, delivery: Thing) -> tuple[str, bytes, str] | None:
    endpoint = account.objects.get("webhook_endpoint", {}).get(delivery["endpoint"])
    if endpoint is None or delivery["event"] not in account.objects["event"]:
        return None
    return endpoint["url"], body_of(account, delivery), signed(account, delivery)


def _post(url: str, body: bytes, signature: str) -> int | str:
    """The status of the answer, or why there was none."""
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "Stripe-Signature": signature,
        "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
    }
    try:
        connection = kind(parts.hostname or "", parts.port, timeout=ANSWER_SECONDS)
        try:
            path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request("POST", path, body, headers)
            answer = connection.getresponse()
            answer.read(65_536)
            return answer.status
        finally:
            connection.close()
    except (OSError, ValueError, http.client.HTTPException) as error:
        return f"{type(error).__name__}: {error}"


def _record(account: Account, delivery: Thing, answer: int | str) -> None:
    now = time.time()
    delivery["tries"] += 1
    delivery["first_try_at"] = delivery["first_try_at"] or now
    if isinstance(answer, int) and answer // 100 == SUCCESS:
        mark_delivered(account, delivery, answer)
        return
    if delivery["state"] != "pending":
        # Sent once more by name: it stays what it was.
        delivery["answer"] = answer
        return
    gone = answer == "the endpoint is gone"
    over = now - delivery["first_try_at"] > GIVE_UP_AFTER
    delivery.update(
        answer=answer,
        state="failed" if gone or over else "pending",
        next_try_at=now + min(LONGEST_WAIT, 2.0 ** min(delivery["tries"] - 1, 10)),
    )
    if gone or over:
        account.pending.discard(delivery["id"])
