"""Shut an account out or let it in again; take its address for confirmed, or no longer."""

from django.db import transaction

from application.dto.commands import UpdateUserCommand
from application.dto.events import EventType
from application.dto.results import UpdatedUser
from application.exceptions import NotYoursToManage
from application.policies.account_policy import can_administrate, can_manage_account
from application.services.standing_changes import record_activation, record_standing
from core.exceptions import AccessDenied
from users.exceptions import UserNotFound
from users.models import User
from users.services.accounts import record_of
from users.services.roles import lock_superadmins_and
from users.services.standing import deactivate, reactivate, set_activated


class UpdateUser:
    """Shutting out ends the account's sessions; what it published stays.

    Raises AccessDenied, UserNotFound, NotYoursToManage or LastSuperadmin. Nothing is recorded where
    nothing differs.
    """

    @transaction.atomic
    def execute(self, command: UpdateUserCommand) -> UpdatedUser:
        locked = lock_superadmins_and(command.user.id, command.user_id)
        # Somebody else may have taken the role away while we waited.
        actor = locked.get(command.user.id)
        if actor is None or not can_administrate(actor):
            raise AccessDenied("Only administrators can do this.")
        user = locked.get(command.user_id)
        if user is None:
            raise UserNotFound
        if not can_manage_account(actor, user):
            raise NotYoursToManage

        changed = False
        if command.is_active is not None:
            done = reactivate(user) if command.is_active else deactivate(locked, user)
            if done:
                self._record_standing(user, actor)
            changed = done
        if command.is_activated is not None and set_activated(user, command.is_activated):
            record_activation(user, actor=actor)
            changed = True
        return UpdatedUser(record=record_of(user), changed=changed)

    def _record_standing(self, user: User, actor: User) -> None:
        record_standing(
            user,
            actor=actor,
            event_type=EventType.USER_REACTIVATED if user.is_active else EventType.USER_DEACTIVATED,
            before={"is_active": not user.is_active},
            after={"is_active": user.is_active},
        )
