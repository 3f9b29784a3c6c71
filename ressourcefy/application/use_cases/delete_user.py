"""Delete somebody else's account."""

from django.db import transaction

from application.dto.commands import DeleteUserCommand
from application.dto.events import EventType
from application.dto.results import AccountStanding
from application.exceptions import NotYoursToManage
from application.policies.account_policy import can_administrate, can_manage_account
from application.services.standing_changes import record_standing
from core.exceptions import AccessDenied
from users.exceptions import UserNotFound
from users.services.roles import lock_superadmins_and
from users.services.standing import delete_account


class DeleteUser:
    """Soft: the account's sessions end, its address stays taken, what it published stays.

    Raises AccessDenied, UserNotFound, for a deleted one as well, NotYoursToManage or
    LastSuperadmin.
    """

    @transaction.atomic
    def execute(self, command: DeleteUserCommand) -> AccountStanding:
        locked = lock_superadmins_and(command.user.id, command.user_id)
        # Somebody else may have taken the role away while we waited.
        actor = locked.get(command.user.id)
        if actor is None or not can_administrate(actor):
            raise AccessDenied("Only administrators can do this.")
        user = locked.get(command.user_id)
        if user is None:
            raise UserNotFound
        if not can_manage_account(actor, user):
            raise NotYoursToManage("You cannot delete this account.")

        delete_account(locked, user)
        record_standing(
            user,
            actor=actor,
            event_type=EventType.USER_DELETED,
            before={"is_deleted": False},
            after={"is_deleted": True},
        )
        return AccountStanding(
            user_id=user.id, is_active=user.is_active, is_deleted=True, changed=True
        )
