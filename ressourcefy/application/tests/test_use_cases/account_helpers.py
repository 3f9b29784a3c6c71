"""What tests of the account use cases say over and over."""

from typing import Any

from application.dto.commands import (
    AuthenticateUserCommand,
    RefreshSessionCommand,
    RegisterUserCommand,
)
from application.dto.results import AuthenticatedUser, RegisteredUser, SessionPass
from application.use_cases.auth.authenticate_user import AuthenticateUser
from application.use_cases.auth.refresh_session import RefreshSession
from application.use_cases.auth.register_user import RegisterUser
from core.models import OutboxEvent
from users.models import User
from users.services.sessions import user_of_session
from users.tests.factories import PASSWORD


def register(
    email: str = "ana@example.org", *, username: str = "ana", **fields: Any
) -> RegisteredUser:
    """Register with PASSWORD, unless `fields` say otherwise."""
    command = {"password": PASSWORD, "accepted_terms": True, "language": "en", **fields}
    return RegisterUser().execute(RegisterUserCommand(email=email, username=username, **command))


def sign_in(user: User, password: str = PASSWORD) -> AuthenticatedUser:
    """Open a session."""
    return authenticate(user.email, password)


def authenticate(email: str, password: str = PASSWORD) -> AuthenticatedUser:
    """Open a session for whoever has the address."""
    return AuthenticateUser().execute(AuthenticateUserCommand(email=email, password=password))


def refresh(session: SessionPass) -> SessionPass:
    """Use the refresh token of `session`."""
    return RefreshSession().execute(
        RefreshSessionCommand(
            user_id=session.user_id,
            session_id=session.session_id,
            token_version=session.token_version,
            refresh_id=session.refresh_id,
        )
    )


def is_good(session: SessionPass) -> bool:
    """Whether an access token with these facts is accepted."""
    user = user_of_session(
        session.session_id, user_id=session.user_id, token_version=session.token_version
    )
    return user is not None


def events_of(user: User) -> list[str]:
    """The types of the events about an account, in the order of emission."""
    return list(
        OutboxEvent.objects.filter(aggregate_id=str(user.id))
        .order_by("seq")
        .values_list("event_type", flat=True)
    )
