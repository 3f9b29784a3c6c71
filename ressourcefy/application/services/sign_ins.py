"""What every sign-in ends with: a session, told to whoever asks."""

from dataclasses import replace
from datetime import timedelta

from application.dto.events import AggregateType, EventType
from application.exceptions import InvalidCredentials
from core.models.base import new_id
from core.outbox import announce, emission_from
from core.request_context import current_context, request_context
from core.services.audit import audit_from
from users.models import User, UserSession
from users.services.signing_in import OPENED, SIGNED_IN, sign_in


def begin_session(checked: User, *, lifetime: timedelta) -> UserSession:
    """A session for the account whose password was found right, with the account as it is now.

    The password was compared without a lock, so it has to be the same still, and the account able
    to sign in. Whatever else changed meanwhile, sign-out everywhere included, is no reason to
    refuse somebody who signs in. One statement. Raises InvalidCredentials.
    """
    session_id = new_id()
    person = str(checked.pk)
    with request_context(replace(current_context(), session_id=str(session_id))):
        event = emission_from(
            SIGNED_IN,
            aggregate_type=AggregateType.USER,
            event_type=EventType.USER_SIGNED_IN,
            payload={"user_id": person, "session_id": str(session_id)},
            columns=["is_first"],
        )
    entry = audit_from(OPENED, model=UserSession, actor=checked, after={"user_id": person})
    session = sign_in(checked, session_id=session_id, lifetime=lifetime, followed_by=[event, entry])
    if session is None:
        raise InvalidCredentials
    announce()
    return session
