"""Changing roles without ever losing the last superadmin."""

from uuid import UUID

from django.db.models import Q

from users.exceptions import LastSuperadmin, UserNotFound
from users.models import User
from users.services.sessions import end_all_sessions
from users.types import Role


def lock_superadmins_and(*user_ids: UUID) -> dict[UUID, User]:
    """The live accounts and all superadmins who can sign in, locked in the order of their ids.

    Whoever changes who may do what waits here for others who do, and then sees what they left. The
    accounts themselves may be missing. Needs a transaction.
    """
    rows = (
        User.objects.filter(Q(pk__in=user_ids) | Q(role=Role.SUPERADMIN, is_active=True))
        .order_by("id")
        .select_for_update(no_key=True)
    )
    return {user.id: user for user in rows}


def change_role(locked: dict[UUID, User], user_id: UUID, role: Role) -> tuple[User, Role]:
    """The account with its new role, and the role it had; another one ends its sessions.

    `locked` is what `lock_superadmins_and` returned. Raises UserNotFound, and LastSuperadmin if
    nobody could give roles afterwards.
    """
    user = locked.get(user_id)
    if user is None:
        raise UserNotFound
    previous_role = Role(user.role)
    if previous_role == role:
        return user, role
    keep_a_superadmin(locked, user)
    user.assign_role(role)
    user.save(update_fields=["role", "is_staff", "is_superuser", "updated_at"])
    end_all_sessions(user)
    return user, previous_role


def keep_a_superadmin(locked: dict[UUID, User], user: User) -> None:
    """Raises LastSuperadmin if nobody could give roles without `user`.

    `locked` is what `lock_superadmins_and` returned.
    """
    others = (
        other
        for other in locked.values()
        if other.id != user.id and other.role == Role.SUPERADMIN and other.is_active
    )
    if user.role == Role.SUPERADMIN and not any(others):
        raise LastSuperadmin
