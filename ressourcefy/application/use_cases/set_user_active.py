"""Shut an account out, or let it in again."""

from django.db import transaction

from application.dto.commands import SetUserActiveCommand
from application.dto.events import EventType
from application.dto.results import AccountStanding
from application.exceptions import AdministratorsOnly
from application.policies.account_policy import can_administrate, can_manage_account
from application.services.standing_changes import record_standing
from core.exceptions import AccessDenied
from users.exceptions import UserNotFound
from users.services.roles import lock_superadmins_and
from users.services.standing import deactivate, reactivate


class SetUserActive:
    """Shutting out ends the account's sessions; what it published stays.

    Raises AccessDenied, UserNotFound or LastSuperadmin. Nothing is recorded where nothing differs.
    """

    @transaction.atomic
    def execute(self, command: SetUserActiveCommand) -> AccountStanding:
        locked = lock_superadmins_and(command.user.id, command.user_id)
        # Somebody else may have taken the role away while we waited.
        actor = locked.get(command.user.id)
        if actor is None or not can_administrate(actor):
            raise AdministratorsOnly
        user = locked.get(command.user_id)
        if user is None:
            raise UserNotFound
        if not can_manage_account(actor, user):
            raise AccessDenied("You cannot change this account.")

        changed = reactivate(user) if command.is_active else deactivate(locked, user)
        if changed:
            event_type = (
                EventType.USER_REACTIVATED if command.is_active else EventType.USER_DEACTIVATED
            )
            record_standing(
                user,
                actor=actor,
                event_type=event_type,
                before={"is_active": not command.is_active},
                after={"is_active": command.is_active},
            )
        return AccountStanding(
            user_id=user.id, is_active=user.is_active, is_deleted=False, changed=changed
        )
