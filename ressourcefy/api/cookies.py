"""The cookies that the API sets for the web client's own server.

They sign nobody in here: who calls is said by the Authorization header alone. The one exception is
the refresh token, and only in a request that a page of an allowed origin makes
(`docs/accounts.md`).
"""

from typing import Any

from django.conf import settings
from rest_framework.request import Request
from rest_framework.response import Response

from api.session_tokens import TokenPair
from users.types import OnboardingStep

ACCESS_COOKIE = "access_token"
REFRESH_COOKIE = "refresh_token"
ACTIVATED_COOKIE = "activated"
ONBOARDING_COOKIE = "onboarding_step"

_DAY = 24 * 60 * 60
_MAX_AGE = {
    ACCESS_COOKIE: 7 * _DAY,
    REFRESH_COOKIE: 30 * _DAY,
    ACTIVATED_COOKIE: 30 * _DAY,
    ONBOARDING_COOKIE: 30 * _DAY,
}
_TOKENS = frozenset({ACCESS_COOKIE, REFRESH_COOKIE})


def set_tokens(response: Response, tokens: TokenPair) -> None:
    """Set both token cookies, which scripts cannot read."""
    _set(response, ACCESS_COOKIE, tokens.access_token)
    _set(response, REFRESH_COOKIE, tokens.refresh_token)


def set_progress(
    response: Response, *, activated: bool, step: OnboardingStep, request: Request | None = None
) -> None:
    """Set the informative cookies; with a `request`, only those that differ from what it has."""
    present = request.COOKIES if request else {}
    for name, value in (
        (ACTIVATED_COOKIE, "true" if activated else "false"),
        (ONBOARDING_COOKIE, str(step)),
    ):
        if present.get(name) != value:
            _set(response, name, value)


def clear_all(response: Response) -> None:
    """Delete all four cookies."""
    for name in _MAX_AGE:
        _set(response, name, "", max_age=0, expires="Thu, 01 Jan 1970 00:00:00 GMT")


def token_cookies(request: Request) -> list[str]:
    """The tokens in the cookies, whoever made the browser send them."""
    return [request.COOKIES[name] for name in sorted(_TOKENS) if request.COOKIES.get(name)]


def refresh_cookie(request: Request) -> str:
    """The refresh token in the cookie if a page of an allowed origin sends it, else nothing."""
    if request.headers.get("Origin") not in settings.CORS_ALLOWED_ORIGINS:
        return ""
    return request.COOKIES.get(REFRESH_COOKIE, "")


def _set(response: Response, name: str, value: str, **options: Any) -> None:
    response.set_cookie(
        name,
        value,
        **{
            "max_age": _MAX_AGE[name],
            "path": "/",
            "secure": settings.COOKIE_SECURE,
            "httponly": name in _TOKENS,
            "samesite": "Lax",
            **options,
        },
    )
