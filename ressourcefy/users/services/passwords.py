"""Passwords: which are good, whether one is right, and what changing one ends.

Passwords are compared exactly: nothing is trimmed, folded or normalised.
"""

import base64
from uuid import UUID

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX, check_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.crypto import salted_hmac

from users.models import User, UserSession
from users.services.sessions import end_all_sessions


def password_problems(password: str, *, email: str, username: str) -> list[str]:
    """What is wrong with a new password, in sentences for its owner; empty if nothing."""
    owner = User(email=email)
    # The validators look for the attributes that the settings name.
    owner.username = username  # type: ignore[attr-defined]
    try:
        validate_password(password, owner)
    except ValidationError as error:
        return [str(message) for message in error.messages]
    return []


def staff_password(event_id: UUID) -> str:
    """The password that the event of this id tells its receiver; 100 bits, in letters and digits.

    It follows from the installation's key, so that it need not be stored anywhere.
    """
    digest = salted_hmac("ressourcefy.staff-password", event_id.hex, algorithm="sha256").digest()
    text = base64.b32encode(digest)[:20].decode().lower()
    return "-".join(text[start : start + 5] for start in range(0, 20, 5))


def is_password_of(user: User | None, password: str) -> bool:
    """Whether it is the account's password. One hash is computed in any case, for nobody too."""
    return check_password(password, user.password if user else UNUSABLE_PASSWORD_PREFIX)


def change_password(user: User, password_hash: str, *, but: UserSession | None = None) -> None:
    """Store a new password, which ends all sessions `but` one and makes reset links worthless.

    The caller holds the row's lock, and hashed the password before it took it: hashing is slow on
    purpose.
    """
    user.password = password_hash
    user.save(update_fields=["password", "updated_at"])
    end_all_sessions(user, but=but)
