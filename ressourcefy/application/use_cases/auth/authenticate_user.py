"""Sign in with address and password."""

from dataclasses import replace

from django.db import transaction

from application.dto.commands import AuthenticateUserCommand
from application.dto.events import AggregateType, EventType
from application.dto.results import AuthenticatedUser
from application.exceptions import InvalidCredentials
from application.services.attempts import attempt_sign_in
from application.services.session_passes import pass_of
from core.outbox import emit_event
from core.request_context import current_context, request_context
from core.services.audit import audit_change
from users.exceptions import AccountNotActivated
from users.models import User
from users.services.accounts import account_of, accounts_with_password
from users.services.passwords import is_password_of
from users.services.sessions import open_session


class AuthenticateUser:
    """Raises InvalidCredentials; AccountNotActivated only to someone who knows the password.

    Raises TooManyRequests after a few wrong passwords, for an address that nobody has as well. The
    password is hashed once whoever asks, and outside any transaction: it takes long on purpose.
    """

    def execute(self, command: AuthenticateUserCommand) -> AuthenticatedUser:
        attempt = attempt_sign_in(command.email)
        user = accounts_with_password(command.email).select_related("profile").first()
        if not is_password_of(user, command.password) or user is None:
            raise InvalidCredentials
        attempt.was_right()
        if not user.is_activated:
            raise AccountNotActivated
        return self._open_session(user)

    @transaction.atomic
    def _open_session(self, user: User) -> AuthenticatedUser:
        # What was checked without a lock has to be so still.
        unchanged = accounts_with_password(user.email).filter(
            pk=user.pk, password=user.password, token_version=user.token_version
        )
        if not unchanged.select_for_update(no_key=True).exists():
            raise InvalidCredentials
        session = open_session(user)
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
        return AuthenticatedUser(session=pass_of(session, user), account=account_of(user))
