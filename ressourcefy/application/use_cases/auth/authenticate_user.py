"""Sign in with address and password."""

from django.conf import settings

from application.dto.commands import AuthenticateUserCommand
from application.dto.results import AuthenticatedUser
from application.exceptions import InvalidCredentials
from application.services.attempts import attempt_sign_in
from application.services.session_passes import pass_of
from application.services.sign_ins import begin_session
from users.exceptions import AccountNotActivated
from users.services.accounts import account_of
from users.services.passwords import is_password_of
from users.services.signing_in import find_account


class AuthenticateUser:
    """Raises InvalidCredentials; AccountNotActivated only to someone who knows the password.

    Raises TooManyRequests after a few wrong passwords, for an address that nobody has as well. The
    password is hashed once whoever asks, and outside any transaction: it takes long on purpose.
    """

    def execute(self, command: AuthenticateUserCommand) -> AuthenticatedUser:
        attempt = attempt_sign_in(command.email)
        user = find_account(command.email)
        if not is_password_of(user, command.password) or user is None:
            raise InvalidCredentials
        attempt.was_right()
        if not user.is_activated:
            raise AccountNotActivated
        session = begin_session(user, lifetime=settings.SESSION_LIFETIME)
        return AuthenticatedUser(
            session=pass_of(session, session.user), account=account_of(session.user)
        )
