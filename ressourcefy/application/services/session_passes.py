"""What use cases hand out for a session, so that no model leaves them."""

from application.dto.results import SessionPass
from users.models import User, UserSession


def pass_of(session: UserSession, user: User) -> SessionPass:
    """The facts that the session's tokens have to state; `user` may be newer than the session's."""
    return SessionPass(
        user_id=user.id,
        session_id=session.id,
        token_version=user.token_version,
        refresh_id=session.refresh_id,
        impersonator_id=session.impersonator_id,
    )
