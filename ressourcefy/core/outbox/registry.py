"""Which functions follow from which events."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum

from django.conf import settings

from core.outbox.errors import DuplicateHandler, UnregisteredEventType
from core.outbox.event import Event

type HandlerFunction = Callable[[Event], None]


class HandlerKind(Enum):
    """Where the effects of a handler are."""

    #: In our database only: they commit together with the completion of the event, once.
    LOCAL = "local"
    #: Outside (mail, Stripe): outside any transaction, at least once, with a time-out.
    EXTERNAL = "external"


@dataclass(frozen=True, slots=True)
class Handler:
    """A registered function. `timeout` None stands for OUTBOX_HANDLER_TIMEOUT_SECONDS."""

    name: str
    kind: HandlerKind
    function: HandlerFunction
    timeout: timedelta | None

    @property
    def seconds(self) -> float:
        """How long one run may take."""
        if self.timeout is None:
            return float(settings.OUTBOX_HANDLER_TIMEOUT_SECONDS)
        return self.timeout.total_seconds()


@dataclass(frozen=True, slots=True)
class Handlers:
    """All handlers of one event type, in the order of their registration."""

    external: tuple[Handler, ...] = ()
    local: tuple[Handler, ...] = ()

    @property
    def seconds(self) -> float:
        """How long one delivery may take."""
        return sum(handler.seconds for handler in (*self.external, *self.local))


_registry: dict[str, Handlers] = {}


def handles[F: HandlerFunction](
    event_type: str,
    kind: HandlerKind = HandlerKind.EXTERNAL,
    *,
    timeout: timedelta | None = None,
) -> Callable[[F], F]:
    """Register the decorated function for events of `event_type`.

    A type may have several handlers of both kinds: the external ones run first, then the local
    ones together with the completion. Raises DuplicateHandler for a second registration.
    """

    def register(function: F) -> F:
        key = str(event_type)
        name = f"{function.__module__}.{function.__qualname__}"
        known = _registry.get(key, Handlers())
        if any(handler.name == name for handler in (*known.external, *known.local)):
            raise DuplicateHandler(f"{name} is registered twice for {event_type!r}")
        handler = Handler(name=name, kind=kind, function=function, timeout=timeout)
        if kind is HandlerKind.EXTERNAL:
            _registry[key] = Handlers((*known.external, handler), known.local)
        else:
            _registry[key] = Handlers(known.external, (*known.local, handler))
        return function

    return register


def handlers_of(event_type: str) -> Handlers:
    """The handlers of a type. Raises UnregisteredEventType where there is none."""
    try:
        return _registry[event_type]
    except KeyError:
        raise UnregisteredEventType(event_type) from None


def external_types() -> list[str]:
    """The types with at least one external handler."""
    return [event_type for event_type, handlers in _registry.items() if handlers.external]


@contextmanager
def temporary_handlers(*, keep: bool = True) -> Iterator[None]:
    """For tests: what is registered inside the block is forgotten at its end.

    With `keep=False` the block begins with nothing registered.
    """
    before = dict(_registry)
    if not keep:
        _registry.clear()
    try:
        yield
    finally:
        _registry.clear()
        _registry.update(before)
