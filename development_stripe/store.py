"""What the development Stripe knows: one account for each secret key, optionally kept in a file."""

import contextlib
import hashlib
import json
import os
import re
import secrets
import string
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from development_stripe.errors import no_such
from development_stripe.messages import Thing

API_VERSION = "2026-10-28.endive"
ALPHABET = string.ascii_letters + string.digits
KEPT_EVENTS = 1_000


def new_id(prefix: str, length: int = 24) -> str:
    return f"{prefix}_{''.join(secrets.choice(ALPHABET) for _ in range(length))}"


@dataclass
class Account:
    """Everything behind one secret key. Whoever touches it holds the store's lock."""

    key: str
    base: str = ""
    offset: int = 0
    # Objects by kind and id, oldest first, each in the shape in which it is sent.
    objects: dict[str, dict[str, Thing]] = field(default_factory=dict)
    # What we know about an object beyond its shape, by the object's id.
    notes: dict[str, Thing] = field(default_factory=dict)
    deliveries: dict[str, Thing] = field(default_factory=dict)
    answers: dict[str, Thing] = field(default_factory=dict)
    hold: bool = False
    drop: int = 0
    # The rest belongs to the running program and is not kept.
    moment: int | None = None
    request: Thing = field(default_factory=lambda: {"id": None, "idempotency_key": None})
    faults: list[Thing] = field(default_factory=list)
    running: set[str] = field(default_factory=set)
    pending: set[str] = field(default_factory=set)
    has_changed: bool = False

    def __post_init__(self) -> None:
        self.pending = {key for key, one in self.deliveries.items() if one["state"] == "pending"}

    @property
    def id(self) -> str:
        return f"acct_{hashlib.sha256(self.key.encode()).hexdigest()[:16]}"

    def now(self) -> int:
        """The account's clock: the real one, moved; or the moment that is being caught up with."""
        return int(time.time()) + self.offset if self.moment is None else self.moment

    @contextlib.contextmanager
    def at(self, moment: int) -> Iterator[None]:
        """Let what happens inside happen at `moment`."""
        before, self.moment = self.moment, moment
        try:
            yield
        finally:
            self.moment = before

    def add(self, thing: Thing, **notes: object) -> Thing:
        self.objects.setdefault(thing["object"], {})[thing["id"]] = thing
        if notes:
            self.notes[thing["id"]] = dict(notes)
        return thing

    def note(self, identifier: str) -> Thing:
        return self.notes.setdefault(identifier, {})

    def all(self, kind: str) -> list[Thing]:
        """All objects of a kind, oldest first."""
        return list(self.objects.get(kind, {}).values())

    def get(self, kind: str, identifier: str, param: str = "id") -> Thing:
        """Raises StripeError where there is none."""
        found = self.objects.get(kind, {}).get(identifier)
        if found is None:
            raise no_such(kind, identifier, param)
        return found

    def find(self, identifier: str) -> Thing | None:
        """An object of any kind."""
        for things in self.objects.values():
            if identifier in things:
                return things[identifier]
        return None

    def forget_old_events(self) -> None:
        events = self.objects.get("event", {})
        for identifier in list(events)[: max(0, len(events) - KEPT_EVENTS)]:
            del events[identifier]
            self.notes.pop(identifier, None)
        finished = [key for key in self.deliveries if key not in self.pending]
        for key in finished[: max(0, len(finished) - KEPT_EVENTS)]:
            del self.deliveries[key]


KEPT = ("key", "offset", "objects", "notes", "deliveries", "answers", "hold", "drop")


class Store:
    """All accounts. `lock` guards everything in them; nobody holds it while using the network."""

    def __init__(self, *, file: Path | None = None) -> None:
        self.lock = threading.RLock()
        self.base = ""
        self._file = file
        self._accounts: dict[str, Account] = {}
        self._written = b""

    def account(self, key: str) -> Account:
        """The account of a key, made at its first use."""
        if key not in self._accounts:
            self._accounts[key] = Account(key=key, base=self.base)
        return self._accounts[key]

    def accounts(self) -> list[Account]:
        return list(self._accounts.values())

    def make_first(self, key: str) -> None:
        """The account that the control page shows first."""
        self._accounts = {key: self.account(key)} | self._accounts

    def account_named(self, identifier: str) -> Account | None:
        return next((one for one in self._accounts.values() if one.id == identifier), None)

    def account_with(self, kind: str, identifier: str) -> Account | None:
        """The account that holds an object; ids are unique over all of them."""
        return next(
            (one for one in self.accounts() if identifier in one.objects.get(kind, {})), None
        )

    def reset(self, key: str) -> Account:
        """An empty account under the same key; its webhook endpoints stay."""
        old = self.account(key)
        endpoints = old.objects.get("webhook_endpoint", {})
        new = self._accounts[key] = Account(key=key, base=self.base)
        new.objects["webhook_endpoint"] = endpoints
        new.notes = {name: note for name, note in old.notes.items() if name in endpoints}
        return new

    def load(self, base: str) -> str | None:
        """Read the file; returns what is wrong with it, if so, and starts empty then."""
        self.base = base
        if self._file is None or not self._file.exists():
            return None
        try:
            state = json.loads(self._file.read_text())
            # The addresses in the objects lead to where we are now.
            old = re.compile(re.escape(state["base"]) + r"(?!\d)")
            text = old.sub(base, json.dumps(state["accounts"]))
            accounts = {
                one["key"]: Account(**{name: one[name] for name in KEPT}, base=base)
                for one in json.loads(text)
            }
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            return f"{self._file} cannot be read ({type(error).__name__}): starting empty"
        self._accounts = accounts
        return None

    def save(self) -> None:
        """Write the file anew if anything has changed."""
        if self._file is None:
            return
        for account in self._accounts.values():
            account.has_changed = False
            account.forget_old_events()
        accounts = [
            {name: value for name, value in vars(one).items() if name in KEPT}
            for one in self._accounts.values()
        ]
        content = json.dumps({"base": self.base, "accounts": accounts}).encode()
        if content != self._written:
            _replace(self._file, content)
            self._written = content


def _replace(file: Path, content: bytes) -> None:
    """The file is the old one or the new one, whatever happens meanwhile."""
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with os.fdopen(descriptor, "wb") as scratch:
            scratch.write(content)
        Path(name).replace(file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
