"""The tokens that a request presents elsewhere than in its Authorization header.

Only refreshing and signing out look at them.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from django.core.exceptions import SuspiciousOperation
from rest_framework.authentication import get_authorization_header
from rest_framework.exceptions import APIException
from rest_framework.request import Request

from api.cookies import refresh_cookie, token_cookies
from api.session_tokens import TokenFacts, read_refresh, read_session
from application.dto.commands import SessionRef
from users.exceptions import SessionEnded

_BODY_FIELDS = ("refresh_token", "refresh", "access_token")


def refresh_facts(request: Request, body: Mapping[str, str]) -> TokenFacts:
    """The facts of the refresh token in the body, else in the cookie. Raises SessionEnded."""
    raw = body.get("refresh_token") or body.get("refresh") or refresh_cookie(request)
    facts = read_refresh(raw)
    if facts is None:
        raise SessionEnded
    return facts


def named_sessions(request: Request) -> frozenset[SessionRef]:
    """Every session that a token of ours in the header, the cookies or the body names.

    Tokens past their life count too: whoever signs out may have been away for long.
    """
    found = (read_session(raw) for raw in _all_tokens(request))
    return frozenset(SessionRef(*names) for names in found if names)


def _all_tokens(request: Request) -> Iterator[str]:
    scheme, _blank, token = get_authorization_header(request).decode("latin-1").partition(" ")
    if scheme.lower() == "bearer":
        yield token.strip()
    yield from token_cookies(request)
    body = _body(request)
    yield from (body[name] for name in _BODY_FIELDS if isinstance(body.get(name), str))


def _body(request: Request) -> Mapping[str, Any]:
    """The body, or nothing where it cannot be read: signing out never fails."""
    try:
        body = request.data
    except (APIException, SuspiciousOperation):
        return {}
    return body if isinstance(body, Mapping) else {}
