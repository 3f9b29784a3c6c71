"""Session tokens on the wire: JSON Web Tokens that name a session (RFC 7519)."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

import jwt
from django.conf import settings
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import Token

SESSION_CLAIM = "sid"
VERSION_CLAIM = "ver"
# Who acts, where that is not the subject (RFC 8693, section 4.1).
ACTOR_CLAIM = "act"


class _AccessToken(Token):
    token_type = "access"  # noqa: S105 - the value of a claim
    lifetime: timedelta = settings.ACCESS_TOKEN_LIFETIME


class _RefreshToken(Token):
    token_type = "refresh"  # noqa: S105 - the value of a claim
    lifetime: timedelta = settings.REFRESH_TOKEN_LIFETIME


@dataclass(frozen=True, slots=True)
class TokenFacts:
    """What a good token says. `token_id` is the refresh token's id.

    `impersonator_id` is the administrator who acts in the user's name.
    """

    user_id: UUID
    session_id: UUID
    token_version: int
    token_id: UUID
    impersonator_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class TokenPair:
    """What a client gets at sign-in and at each refresh."""

    access_token: str
    refresh_token: str


def mint(
    *,
    user_id: UUID,
    session_id: UUID,
    token_version: int,
    refresh_id: UUID,
    impersonator_id: UUID | None = None,
) -> TokenPair:
    """Sign a pair for a session; `refresh_id` names the one refresh token that is good."""
    access, refresh = _AccessToken(), _RefreshToken()
    for token in (access, refresh):
        token["sub"] = str(user_id)
        token[SESSION_CLAIM] = str(session_id)
        token[VERSION_CLAIM] = token_version
        if impersonator_id is not None:
            token[ACTOR_CLAIM] = {"sub": str(impersonator_id)}
    refresh["jti"] = str(refresh_id)
    return TokenPair(access_token=str(access), refresh_token=str(refresh))


def read_access(raw: str) -> TokenFacts | None:
    """The facts of an access token, or None for anything that is not one of ours and in date."""
    try:
        facts, expires_at = _verified_access(raw)
    except _NoneOfOursError:
        return None
    return facts if expires_at > time.time() else None


def read_refresh(raw: str) -> TokenFacts | None:
    """The facts of a refresh token, or None."""
    try:
        facts, _expires_at = _verified(_RefreshToken, raw)
    except _NoneOfOursError:
        return None
    return facts


def read_session(raw: str) -> tuple[UUID, UUID] | None:
    """The user and the session that a token of ours names, of either kind and past its life too.

    Good for ending a session, and for nothing else.
    """
    rules: Mapping[str, Any] = settings.SIMPLE_JWT
    try:
        claims = jwt.decode(
            raw,
            rules["SIGNING_KEY"],
            algorithms=[rules["ALGORITHM"]],
            issuer=rules["ISSUER"],
            audience=rules["AUDIENCE"],
            options={"verify_exp": False},
        )
        return UUID(claims["sub"]), UUID(claims[SESSION_CLAIM])
    except (jwt.InvalidTokenError, KeyError, ValueError, TypeError, AttributeError):
        return None


class _NoneOfOursError(Exception):
    """Not a token that we gave out, not of the kind that is asked for, or past its life."""


# A client sends the same token with every request of an hour. What it says is checked against the
# session each time; that we signed it stays true, and checking it costs as much as the session.
# Texts that fail are not kept.
@lru_cache(maxsize=4_096)
def _verified_access(raw: str) -> tuple[TokenFacts, float]:
    return _verified(_AccessToken, raw)


def _verified(kind: type[Token], raw: str) -> tuple[TokenFacts, float]:
    """The facts of a token and when it expires. Raises _NoneOfOursError."""
    try:
        claims: Any = kind(raw.encode("ascii"))  # type: ignore[arg-type]
        facts = TokenFacts(
            user_id=UUID(claims["sub"]),
            session_id=UUID(claims[SESSION_CLAIM]),
            token_version=int(claims[VERSION_CLAIM]),
            token_id=UUID(claims["jti"]),
            impersonator_id=UUID(claims[ACTOR_CLAIM]["sub"]) if ACTOR_CLAIM in claims else None,
        )
        return facts, float(claims["exp"])
    except (TokenError, KeyError, ValueError, TypeError, AttributeError) as error:
        raise _NoneOfOursError from error
