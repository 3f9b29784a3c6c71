"""Which mails somebody wants beside the necessary ones, and the links that end them.

An account without a row of preferences wants all of them.
"""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from core.tokens import Purpose, TokenInvalid, mint, read
from users.models import NotificationPreferences, User
from users.types import Notification


def choices_of(preferences: NotificationPreferences | None) -> dict[Notification, bool]:
    """What a row of preferences says, or what holds without one."""
    row = preferences or NotificationPreferences()
    return {kind: getattr(row, kind) for kind in Notification}


def wants(user: User, kind: Notification) -> bool:
    """Whether the person wants mails of this kind."""
    row = NotificationPreferences.objects.filter(user=user).first()
    return choices_of(row)[kind]


def change_choices(
    user: User, changes: Mapping[Notification, bool]
) -> tuple[NotificationPreferences, dict[Notification, bool]]:
    """The preferences after the changes, and what they were before.

    The caller holds the lock on the account.
    """
    row, _created = NotificationPreferences.objects.get_or_create(user=user)
    before = choices_of(row)
    if any(before[kind] != wanted for kind, wanted in changes.items()):
        for kind, wanted in changes.items():
            setattr(row, kind, wanted)
        row.save(update_fields=[*changes, "updated_at"])
    return row, before


def unsubscription_token_for(
    user: User, kind: Notification, *, issued_at: datetime | None = None
) -> str:
    """A token that turns this kind of mail off and does nothing else."""
    return mint(Purpose.UNSUBSCRIPTION, user_id=user.id, fingerprint=kind, issued_at=issued_at)


def unsubscription_named_in(token: str) -> tuple[UUID, Notification]:
    """Whose mails of which kind a token turns off. Raises TokenInvalid or TokenExpired."""
    claims = read(Purpose.UNSUBSCRIPTION, token)
    try:
        return claims.user_id, Notification(claims.fingerprint)
    except ValueError as error:
        raise TokenInvalid from error
