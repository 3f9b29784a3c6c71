"""The tokens of mails about activation, passwords and deletion, and the accounts they belong to.

A token is bound to what it changes, so that using it, or asking for a newer one, makes it
worthless (`docs/mail.md`).
"""

import json
from datetime import datetime
from uuid import UUID

from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from core.tokens import Purpose, TokenClaims, TokenExpired, TokenInvalid, mint, read
from users.models import User
from users.types import AuthProvider


def next_activation_generation(user: User) -> int:
    """Make every activation link mailed so far worthless; the caller holds the row's lock."""
    user.activation_generation += 1
    _store(user, "activation_generation", user.activation_generation)
    return user.activation_generation


def next_reset_generation(user: User) -> int:
    """Make every reset link mailed so far worthless; the caller holds the row's lock."""
    user.reset_generation += 1
    _store(user, "reset_generation", user.reset_generation)
    return user.reset_generation


def _store(user: User, field: str, value: int) -> None:
    # Unlike save(), this is no error for the account that stands for an unknown address
    # (users.services.accounts.user_or_nobody).
    User.objects.filter(pk=user.pk).update(**{field: value, "updated_at": timezone.now()})


def activation_token_for(user: User, *, issued_at: datetime | None = None) -> str:
    """A token that proves possession of the account's address."""
    return _token_for(user, Purpose.ACTIVATION, issued_at)


def reset_token_for(user: User, *, issued_at: datetime | None = None) -> str:
    """A token that allows one change of password."""
    return _token_for(user, Purpose.PASSWORD_RESET, issued_at)


def restoration_token_for(user: User, *, issued_at: datetime | None = None) -> str:
    """A token that brings an account back that its owner deleted, until it is erased."""
    return _token_for(user, Purpose.ACCOUNT_RESTORATION, issued_at)


def account_named_in(token: str, purpose: Purpose) -> UUID | None:
    """Whom a token of ours in date was mailed to, used or replaced as it may be; else None."""
    try:
        return read(purpose, token).user_id
    except (TokenInvalid, TokenExpired):
        return None


def user_for_activation(token: str) -> User:
    """The account that `token` activates, its row locked; activated ones as well.

    That a link is opened twice is no mistake, so the caller looks at `is_activated`. Raises
    TokenInvalid or TokenExpired. Needs a transaction.
    """
    return _user_for(token, Purpose.ACTIVATION)


def user_for_password_reset(token: str) -> User:
    """The account whose password `token` may change, its row locked.

    Once the password is changed, the token matches no longer. Raises TokenInvalid or TokenExpired.
    Needs a transaction.
    """
    return _user_for(token, Purpose.PASSWORD_RESET)


def deleted_user_of(token: str, *, locked: bool = False) -> User:
    """The account that waits to be erased and that `token` brings back.

    With its row locked, for which a transaction is needed. Raises TokenInvalid or TokenExpired.
    """
    claims = read(Purpose.ACCOUNT_RESTORATION, token)
    rows = User.all_objects.filter(
        pk=claims.user_id, erase_after__isnull=False, erased_at__isnull=True
    )
    user = (rows.select_for_update(no_key=True) if locked else rows).first()
    if not isinstance(user, User) or not constant_time_compare(
        claims.fingerprint, _fingerprint(user, Purpose.ACCOUNT_RESTORATION)
    ):
        raise TokenInvalid
    return user


def _token_for(user: User, purpose: Purpose, issued_at: datetime | None) -> str:
    return mint(
        purpose, user_id=user.id, fingerprint=_fingerprint(user, purpose), issued_at=issued_at
    )


def _user_for(token: str, purpose: Purpose) -> User:
    claims: TokenClaims = read(purpose, token)
    user = (
        User.objects.get_queryset()
        .able_to_sign_in()
        .filter(id=claims.user_id, auth_provider=AuthProvider.LOCAL)
        .select_for_update(no_key=True)
        .first()
    )
    if user is None or not constant_time_compare(claims.fingerprint, _fingerprint(user, purpose)):
        raise TokenInvalid
    return user


def _fingerprint(user: User, purpose: Purpose) -> str:
    """A keyed digest of the state that a token depends on: the token is in a mail, this is not."""
    state: dict[Purpose, list[object]] = {
        Purpose.ACTIVATION: [user.email, user.activation_generation],
        Purpose.PASSWORD_RESET: [
            user.email,
            user.reset_generation,
            user.token_version,
            user.password,
        ],
        Purpose.ACCOUNT_RESTORATION: [user.email, user.token_version, str(user.erase_after)],
    }
    digest = salted_hmac(
        f"ressourcefy.mail-token.{purpose}", json.dumps(state[purpose]), algorithm="sha256"
    )
    return digest.hexdigest()[:32]
