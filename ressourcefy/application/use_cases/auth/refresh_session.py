"""Exchange a refresh token for a new pair of tokens."""

import logging
from dataclasses import replace

from django.db import transaction

from application.dto.commands import RefreshSessionCommand
from application.dto.events import AggregateType, EventType
from application.dto.results import SessionPass
from application.services.attempts import count_refresh
from application.services.session_passes import pass_of
from core.outbox import emit_event
from core.request_context import current_context, request_context
from core.services.audit import audit_change
from users.exceptions import SessionEnded
from users.models import UserSession
from users.services.sessions import Rotation, lock_session, rotate_session

logger = logging.getLogger(__name__)


class RefreshSession:
    """Raises SessionEnded, or TooManyRequests.

    A refresh token works once; one that comes back ends its session, and the owner is told by mail.
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
        context = replace(current_context(), impersonator_id=str(session.impersonator_id or ""))
        with request_context(context):
            return self._rotate_locked(session, command)

    def _rotate_locked(
        self, session: UserSession, command: RefreshSessionCommand
    ) -> SessionPass | None:
        rotation = rotate_session(session, command.refresh_id)
        if rotation is Rotation.REFUSED:
            return None
        audit_change(
            entity=session,
            action="UPDATE",
            actor=session.user,
            after={"rotation": rotation.name, "revoked_at": session.revoked_at},
        )
        if rotation is Rotation.ENDED_BY_REUSE:
            self._warn(session)
            return None
        return pass_of(session, session.user)

    def _warn(self, session: UserSession) -> None:
        if session.impersonator_id is not None:
            # It was the administrator's, of whom the owner's mailbox need not hear.
            return
        names = {"user_id": str(session.user_id), "session_id": str(session.id)}
        emit_event(
            AggregateType.USER, session.user_id, EventType.USER_SESSION_ENDED_BY_REUSE, names
        )
        logger.warning("A used refresh token came back; its session is ended", extra=names)
