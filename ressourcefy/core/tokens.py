"""Signed tokens for the links in mails (`docs/mail.md`).

A token names its purpose, an account, the moment it was issued and a fingerprint of the state that
it was issued for. It is signed, not stored: what it opens is decided by whoever compares the
fingerprint with the present state.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import unquote
from uuid import UUID

from django.conf import settings
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from itsdangerous import BadData, TimestampSigner, URLSafeTimedSerializer

# Tokens have about 140 characters; percent-encoding every one of them twice makes them five times
# as long.
_MAX_TOKEN_LENGTH = 400
_MAX_ENCODED_LENGTH = 5 * _MAX_TOKEN_LENGTH
_TOKEN = re.compile(r"[A-Za-z0-9_.-]+")


class Purpose(StrEnum):
    """What a token is for; each purpose has a salt, and so a key, of its own."""

    ACTIVATION = "activation"
    PASSWORD_RESET = "password-reset"  # noqa: S105 - a purpose, not a password
    UNSUBSCRIPTION = "unsubscription"
    DATA_EXPORT = "data-export"
    ACCOUNT_RESTORATION = "account-restoration"


class TokenInvalid(Exception):
    """Not a token of this purpose, or one that no longer matches its account."""


class TokenExpired(Exception):
    """A genuine token, past its life."""


@dataclass(frozen=True, slots=True)
class TokenClaims:
    """What a genuine token says."""

    user_id: UUID
    fingerprint: str
    issued_at: datetime


def lifetime(purpose: Purpose) -> timedelta:
    """How long a token of this purpose works."""
    lifetimes: dict[Purpose, timedelta] = {
        Purpose.ACTIVATION: settings.ACTIVATION_TOKEN_LIFETIME,
        Purpose.PASSWORD_RESET: settings.PASSWORD_RESET_TOKEN_LIFETIME,
        Purpose.UNSUBSCRIPTION: settings.UNSUBSCRIPTION_TOKEN_LIFETIME,
        Purpose.DATA_EXPORT: settings.EXPORT_LIFETIME,
        Purpose.ACCOUNT_RESTORATION: settings.ACCOUNT_DELETION_GRACE,
    }
    return lifetimes[purpose]


def mint(
    purpose: Purpose, *, user_id: UUID, fingerprint: str, issued_at: datetime | None = None
) -> str:
    """A token whose life begins at `issued_at` (now, if not given).

    The same arguments give the same token, so a mail that is sent again is the same mail.
    """
    serializer = _serializer(purpose, issued_at=issued_at or timezone.now())
    token: str = serializer.dumps([user_id.hex, fingerprint])
    return token


def read(purpose: Purpose, token: str) -> TokenClaims:
    """What `token` says, percent-encoded up to twice or not at all.

    Raises TokenInvalid, or TokenExpired for a genuine token past its life; nothing else, whatever
    the string.
    """
    try:
        payload, issued_at = _serializer(purpose).loads(_decoded(token), return_timestamp=True)
        user_id, fingerprint = payload
        claims = TokenClaims(UUID(hex=user_id), str(fingerprint), issued_at)
    except (BadData, TypeError, ValueError, AttributeError) as error:
        raise TokenInvalid from error
    # No lower bound: the signature says that one of our own machines issued it, and their clocks
    # may differ by a moment.
    if timezone.now() - claims.issued_at > lifetime(purpose):
        raise TokenExpired
    return claims


def _decoded(token: str) -> str:
    """The token without percent-encoding, which never touches a token's own alphabet."""
    if len(token) > _MAX_ENCODED_LENGTH or not token.isascii():
        raise TokenInvalid
    token = unquote(unquote(token))
    if len(token) > _MAX_TOKEN_LENGTH or not _TOKEN.fullmatch(token):
        raise TokenInvalid
    return token


class _ExactSigner(TimestampSigner):
    """A signer for a given moment that accepts one spelling of a signature.

    Base64 leaves bits of the last character unused, so four spellings decode to the same bytes;
    only the one that we wrote is taken.
    """

    def __init__(self, *args: Any, issued_at: datetime | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._issued_at = issued_at

    def get_timestamp(self) -> int:
        return int((self._issued_at or datetime.now(UTC)).timestamp())

    def verify_signature(self, value: str | bytes, sig: str | bytes) -> bool:
        return constant_time_compare(sig, self.get_signature(value))


def _serializer(purpose: Purpose, *, issued_at: datetime | None = None) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(
        settings.SECRET_KEY,
        salt=f"ressourcefy.mail-token.{purpose}",
        signer=_ExactSigner,
        signer_kwargs={
            "key_derivation": "hmac",
            "digest_method": hashlib.sha256,
            "issued_at": issued_at,
        },
    )
