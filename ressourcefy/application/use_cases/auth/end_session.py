"""End one of one's own sessions."""

from django.db import transaction

from application.dto.commands import EndSessionCommand
from core.services.audit import audit_change
from users.exceptions import SessionNotFound
from users.services.sessions import end_session, lock_session


class EndSession:
    """Raises SessionNotFound for one that is over or somebody else's.

    Its tokens are worthless from the next request on. It may be the session of the request itself.
    """

    @transaction.atomic
    def execute(self, command: EndSessionCommand) -> None:
        session = lock_session(command.session_id, user_id=command.user.id)
        if session is None:
            raise SessionNotFound
        end_session(session)
        audit_change(
            entity=session,
            action="UPDATE",
            actor=command.user,
            before={"revoked_at": None},
            after={"revoked_at": session.revoked_at},
        )
