"""Give somebody a new password, which only the mail to them holds."""

from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.db import transaction

from application.dto.commands import ResetUserPasswordCommand
from application.dto.events import AggregateType, EventType
from application.exceptions import AccountShutOut, NoLocalPassword, NotYoursToManage
from application.policies.account_policy import can_administrate, can_reset_password
from application.services.attempts import open_sign_in
from core.exceptions import AccessDenied
from core.models.base import new_id
from core.outbox import emit_event
from core.services.audit import audit_change
from users.exceptions import UserNotFound
from users.services.passwords import change_password, staff_password
from users.services.roles import lock_superadmins_and
from users.types import AuthProvider


class ResetUserPassword:
    """Ends the account's sessions. The password follows from the id of the event, so that whoever
    sends the mail knows it, and nothing stores it.

    Raises AccessDenied, UserNotFound, NotYoursToManage, AccountShutOut or NoLocalPassword.
    """

    def execute(self, command: ResetUserPasswordCommand) -> None:
        event_id = new_id()
        # Hashed before any lock is taken: hashing is slow on purpose.
        password_hash = make_password(staff_password(event_id))
        open_sign_in(self._reset(command, event_id, password_hash))

    @transaction.atomic
    def _reset(self, command: ResetUserPasswordCommand, event_id: UUID, password: str) -> str:
        locked = lock_superadmins_and(command.user.id, command.user_id)
        # Somebody else may have taken the role away while we waited.
        actor = locked.get(command.user.id)
        if actor is None or not can_administrate(actor):
            raise AccessDenied("Only administrators can do this.")
        user = locked.get(command.user_id)
        if user is None:
            raise UserNotFound
        if not can_reset_password(actor, user):
            raise NotYoursToManage("Only a superadmin resets the password of a superadmin.")
        if not user.is_active:
            raise AccountShutOut
        if user.auth_provider != AuthProvider.LOCAL:
            raise NoLocalPassword

        change_password(user, password)
        emit_event(
            AggregateType.USER,
            user.id,
            EventType.USER_PASSWORD_SET_BY_STAFF,
            {"user_id": str(user.id)},
            event_id=event_id,
        )
        audit_change(
            entity=user,
            action="UPDATE",
            actor=actor,
            after={"changed": ["password"], "sessions": "ended"},
        )
        return user.email
