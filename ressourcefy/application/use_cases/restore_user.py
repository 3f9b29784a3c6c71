"""Bring a deleted account back."""

from django.db import transaction

from application.dto.commands import RestoreUserCommand
from application.dto.events import EventType
from application.dto.results import AccountStanding
from application.exceptions import NotYoursToManage
from application.policies.account_policy import can_administrate, can_manage_account
from application.services.standing_changes import record_standing
from core.exceptions import AccessDenied
from users.services.roles import lock_superadmins_and
from users.services.standing import lock_deleted_user


class RestoreUser:
    """The account has the role and the state it had; its sessions stay ended.

    Raises AccessDenied, NotYoursToManage, or UserNotFound unless the account is deleted. Its
    address and user name stayed taken meanwhile, so nothing can collide.
    """

    @transaction.atomic
    def execute(self, command: RestoreUserCommand) -> AccountStanding:
        actor = lock_superadmins_and(command.user.id).get(command.user.id)
        # Somebody else may have taken the role away while we waited.
        if actor is None or not can_administrate(actor):
            raise AccessDenied("Only administrators can do this.")
        user = lock_deleted_user(command.user_id)
        if not can_manage_account(actor, user):
            raise NotYoursToManage("You cannot restore this account.")

        user.restore()
        record_standing(
            user,
            actor=actor,
            event_type=EventType.USER_RESTORED,
            before={"is_deleted": True},
            after={"is_deleted": False},
        )
        return AccountStanding(
            user_id=user.id, is_active=user.is_active, is_deleted=False, changed=True
        )
