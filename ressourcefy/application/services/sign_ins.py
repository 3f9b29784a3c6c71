"""What every sign-in ends with: a session, told to whoever asks."""

from dataclasses import replace
from datetime import timedelta

from django.db import transaction

from application.dto.events import AggregateType, EventType
from application.exceptions import InvalidCredentials
from core.outbox import emit_event
from core.request_context import current_context, request_context
from core.services.audit import audit_change
from users.models import User, UserSession
from users.services.accounts import accounts_with_password
from users.services.sessions import open_session


@transaction.atomic
def begin_session(checked: User, *, lifetime: timedelta) -> UserSession:
    """A session for the account whose password was found right, with the account as it is now.

    The password was compared without a lock, so it has to be the same still, and the account able
    to sign in. Whatever else changed meanwhile, sign-out everywhere included, is no reason to
    refuse somebody who signs in. Raises InvalidCredentials.
    """
    user = (
        accounts_with_password(checked.email)
        .filter(pk=checked.pk, password=checked.password)
        .select_related("profile")
        .select_for_update(of=("self",), no_key=True)
        .first()
    )
    if user is None:
        raise InvalidCredentials
    session = open_session(user, lifetime=lifetime)
    User.objects.filter(pk=user.pk).update(last_login=session.created_at)
    with request_context(replace(current_context(), session_id=str(session.id))):
        emit_event(
            AggregateType.USER,
            user.id,
            EventType.USER_SIGNED_IN,
            {
                "user_id": str(user.id),
                "session_id": str(session.id),
                "is_first": user.last_login is None,
            },
        )
    audit_change(entity=session, action="CREATE", actor=user, after={"user_id": str(user.id)})
    return session
