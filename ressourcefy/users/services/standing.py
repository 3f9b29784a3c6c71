"""Shutting accounts out and letting them in again: deactivation, deletion, and back."""

from uuid import UUID

from users.exceptions import UserNotFound
from users.models import User
from users.services.mail_tokens import next_activation_generation
from users.services.roles import keep_a_superadmin
from users.services.sessions import end_all_sessions


def deactivate(locked: dict[UUID, User], user: User) -> bool:
    """Shut the account out, which ends its sessions; False if it was.

    `locked` is what `lock_superadmins_and` returned. Raises LastSuperadmin.
    """
    if not user.is_active:
        return False
    keep_a_superadmin(locked, user)
    user.is_active = False
    user.save(update_fields=["is_active", "updated_at"])
    end_all_sessions(user)
    return True


def reactivate(user: User) -> bool:
    """Let the account in again; False if nothing kept it out. The caller holds the row's lock."""
    if user.is_active:
        return False
    user.is_active = True
    user.save(update_fields=["is_active", "updated_at"])
    return True


def set_activated(user: User, is_activated: bool) -> bool:
    """Take the address for confirmed, or for not confirmed; False if it was so.

    Links mailed before are worthless afterwards. The caller holds the row's lock.
    """
    if user.is_activated == is_activated:
        return False
    next_activation_generation(user)
    user.is_activated = is_activated
    user.save(update_fields=["is_activated", "updated_at"])
    return True


def delete_account(locked: dict[UUID, User], user: User) -> None:
    """Mark the account as deleted, which ends its sessions; what it published stays.

    `locked` is what `lock_superadmins_and` returned. Raises LastSuperadmin.
    """
    if user.is_active:
        keep_a_superadmin(locked, user)
    user.delete()
    end_all_sessions(user)


def lock_deleted_user(user_id: UUID) -> User:
    """The deleted account with its row locked. Raises UserNotFound. Needs a transaction."""
    user = (
        User.all_objects.filter(pk=user_id, deleted_at__isnull=False)
        .select_for_update(no_key=True)
        .first()
    )
    if not isinstance(user, User):
        raise UserNotFound
    return user
