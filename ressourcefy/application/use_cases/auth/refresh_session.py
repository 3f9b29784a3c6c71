"""Exchange a refresh token for a new pair of tokens."""

from django.db import transaction

from application.dto.commands import RefreshSessionCommand
from application.dto.results import SessionPass
from application.services.attempts import count_refresh
from application.services.session_passes import pass_of
from core.services.audit import audit_change
from users.exceptions import SessionEnded
from users.services.sessions import Rotation, lock_session, rotate_session


class RefreshSession:
    """Raises SessionEnded, or TooManyRequests.

    A refresh token works once; one that comes back ends its session.
    """

    def execute(self, command: RefreshSessionCommand) -> SessionPass:
        count_refresh(command.session_id)
        renewed = self._rotate(command)
        # Outside the transaction: that a session was ended has to be committed.
        if renewed is None:
            raise SessionEnded
        return renewed

    @transaction.atomic
    def _rotate(self, command: RefreshSessionCommand) -> SessionPass | None:
        session = lock_session(command.session_id, user_id=command.user_id)
        if session is None or session.user.token_version != command.token_version:
            return None
        rotation = rotate_session(session, command.refresh_id)
        if rotation is Rotation.REFUSED:
            return None
        audit_change(
            entity=session,
            action="UPDATE",
            actor=session.user,
            after={"rotation": rotation.name, "revoked_at": session.revoked_at},
        )
        return pass_of(session, session.user) if rotation is Rotation.ROTATED else None
