"""Sign in to the administration with address and password."""

from django.db import transaction

from application.dto.commands import SignInAdministratorCommand
from application.dto.results import SignedInAdministrator
from application.exceptions import InvalidCredentials
from application.policies.account_policy import can_administrate
from application.services.attempts import attempt_sign_in
from core.services.audit import audit_change
from users.services.accounts import accounts_with_password
from users.services.passwords import is_password_of


class SignInAdministrator:
    """Raises InvalidCredentials, whatever the reason.

    Raises TooManyRequests under the same limits as the API's sign-in, which count here too. The
    password is hashed once whoever asks, and outside any transaction: it takes long on purpose.
    """

    def execute(self, command: SignInAdministratorCommand) -> SignedInAdministrator:
        attempt = attempt_sign_in(command.email)
        user = accounts_with_password(command.email).first()
        if not is_password_of(user, command.password) or user is None:
            raise InvalidCredentials
        attempt.was_right()
        if not can_administrate(user):
            raise InvalidCredentials
        with transaction.atomic():
            audit_change(
                entity=user, action="UPDATE", actor=user, after={"signed_in": "administration"}
            )
        return SignedInAdministrator(user_id=user.id)
