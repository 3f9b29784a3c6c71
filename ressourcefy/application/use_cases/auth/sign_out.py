"""End the sessions that the presented tokens name."""

from dataclasses import replace

from django.db import transaction

from application.dto.commands import SessionRef, SignOutCommand
from core.request_context import current_context, request_context
from core.services.audit import audit_change
from users.services.sessions import end_session, lock_session


class SignOut:
    """Ends what is still open, and is content with anything else."""

    def execute(self, command: SignOutCommand) -> None:
        for named in command.sessions:
            self._end(named)

    @transaction.atomic
    def _end(self, named: SessionRef) -> None:
        session = lock_session(named.session_id, user_id=named.user_id)
        if session is None:
            return
        end_session(session)
        context = replace(current_context(), impersonator_id=str(session.impersonator_id or ""))
        with request_context(context):
            audit_change(
                entity=session,
                action="UPDATE",
                actor=session.user,
                before={"revoked_at": None},
                after={"revoked_at": session.revoked_at},
            )
