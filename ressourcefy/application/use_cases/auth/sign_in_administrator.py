"""Sign in to the administration with address and password."""

from django.conf import settings
from django.db import transaction

from application.dto.commands import SignInAdministratorCommand
from application.dto.results import SessionPass
from application.exceptions import InvalidCredentials
from application.policies.account_policy import can_administrate
from application.services.attempts import attempt_sign_in
from application.services.session_passes import pass_of
from application.services.sign_ins import begin_session
from core.services.audit import audit_change
from users.services.passwords import is_password_of
from users.services.signing_in import find_account


class SignInAdministrator:
    """Opens a session like any other, but a short one. Raises InvalidCredentials, whatever it is.

    Raises TooManyRequests under the same limits as the API's sign-in, which count here too. The
    password is hashed once whoever asks, and outside any transaction: it takes long on purpose.
    """

    def execute(self, command: SignInAdministratorCommand) -> SessionPass:
        attempt = attempt_sign_in(command.email)
        user = find_account(command.email)
        if not is_password_of(user, command.password) or user is None:
            raise InvalidCredentials
        attempt.was_right()
        with transaction.atomic():
            session = begin_session(user, lifetime=settings.ADMIN_SESSION_LIFETIME)
            # Undoes the session: the role is read with the account locked.
            if not can_administrate(session.user):
                raise InvalidCredentials
            audit_change(
                entity=session.user,
                action="UPDATE",
                actor=session.user,
                after={"signed_in": "administration"},
            )
        return pass_of(session, session.user)
