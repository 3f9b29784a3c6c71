"""End all sessions of an account."""

from django.db import transaction

from application.dto.commands import SignOutEverywhereCommand
from core.services.audit import audit_change
from users.services.accounts import lock_user
from users.services.sessions import end_all_sessions


class SignOutEverywhere:
    """Every token of the account is worthless from the next request on, this one's too."""

    @transaction.atomic
    def execute(self, command: SignOutEverywhereCommand) -> None:
        user = lock_user(command.user.id)
        end_all_sessions(user)
        audit_change(
            entity=user, action="UPDATE", actor=user, after={"sessions": "ended", "all": True}
        )
