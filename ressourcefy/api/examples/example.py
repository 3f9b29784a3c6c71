"""What an example is, and the values in it that nobody can print in advance."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from api.examples.demo import email


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """A request that has to be made first, so that there is something to send."""

    operation: str
    caller: str = ""
    body: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A request to the demo. `caller` is who is signed in, by user name; empty is anybody."""

    caller: str = ""
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, Any] = field(default_factory=dict)
    header: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    before: Before | None = None
    note: str = ""


def mailed_token(username: str) -> str:
    """Stands for the token of the link in the newest mail to somebody."""
    return f"<token mailed to {email(username)}>"


def refresh_token(username: str) -> str:
    """Stands for a refresh token, which signing in gives."""
    return f"<refresh token of {email(username)}>"


#: Stands for what only the development Stripe and its reader can make.
SIGNATURE = "<t=seconds,v1=signature of the body>"
