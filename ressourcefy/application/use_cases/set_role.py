"""Give an account another role."""

from django.db import transaction

from application.dto.commands import SetRoleCommand
from application.dto.results import ChangedRole
from application.exceptions import InvalidRole
from application.policies.account_policy import can_set_roles
from application.services.role_changes import record_role_change
from core.exceptions import AccessDenied
from users.services.roles import change_role, lock_superadmins_and
from users.types import Role

_REFUSAL = "Only a superadmin can change roles."


class SetRole:
    """Raises AccessDenied, InvalidRole, UserNotFound or LastSuperadmin.

    Another role ends the account's sessions; the one it has already changes nothing.
    """

    @transaction.atomic
    def execute(self, command: SetRoleCommand) -> ChangedRole:
        if not can_set_roles(command.user):
            raise AccessDenied(_REFUSAL)
        if command.role not in Role.values:
            raise InvalidRole
        role = Role(command.role)

        locked = lock_superadmins_and(command.user_id)
        actor = locked.get(command.user.id)
        # Somebody else may have taken the role away while we waited.
        if actor is None or not can_set_roles(actor):
            raise AccessDenied(_REFUSAL)
        user, previous_role = change_role(locked, command.user_id, role)
        if previous_role != role:
            record_role_change(user, actor=actor, previous_role=previous_role)
        return ChangedRole(
            user_id=user.id, email=user.email, role=role, previous_role=previous_role
        )
