"""Who called, for code below HTTP: the request id and the client of the work in hand.

The API fills it for a request, the outbox worker for an event; everything that writes a log line,
an event, an audit entry or an analytics row reads it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RequestContext:
    """Empty strings and None mean unknown: a command line has no client."""

    request_id: str = ""
    session_id: str = ""
    ip_address: str | None = None
    user_agent: str = ""
    #: The administrator who acts in the caller's name.
    impersonator_id: str = ""


_UNKNOWN = RequestContext()
_current: ContextVar[RequestContext] = ContextVar("request_context", default=_UNKNOWN)


def client_facts(context: RequestContext) -> dict[str, str | None] | None:
    """What is known of the client of the work in hand, as JSON holds it; None if nothing is."""
    if context == _UNKNOWN:
        return None
    return {
        "session_id": context.session_id,
        "ip_address": context.ip_address,
        "user_agent": context.user_agent,
    }


def current_context() -> RequestContext:
    """The context of the work in hand."""
    return _current.get()


@contextmanager
def request_context(context: RequestContext) -> Iterator[None]:
    """Make `context` the current one inside the block."""
    token = _current.set(context)
    try:
        yield
    finally:
        _current.reset(token)


def set_context(context: RequestContext) -> None:
    """Replace the current context for the rest of the enclosing block."""
    _current.set(context)
