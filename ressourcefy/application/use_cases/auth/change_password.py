"""Change one's own password."""

from django.contrib.auth.hashers import make_password
from django.db import transaction

from application.dto.commands import ChangePasswordCommand
from application.dto.results import SessionPass
from application.exceptions import NoLocalPassword, WrongPassword
from application.services.attempts import attempt_password_proof
from application.services.password_changes import record_password_change
from application.services.session_passes import pass_of
from core.exceptions import InvalidInput
from users.exceptions import SessionEnded
from users.services.accounts import lock_user
from users.services.passwords import change_password, is_password_of, password_problems
from users.services.sessions import lock_session, renew_refresh_id
from users.types import AuthProvider


class ChangePassword:
    """Raises WrongPassword, NoLocalPassword, or InvalidInput for a password that is refused.

    Raises TooManyRequests after a few wrong ones: whoever found the person's device has no more
    guesses than anybody else.
    Ends all other sessions; this one goes on with the tokens of the result.
    """

    def execute(self, command: ChangePasswordCommand) -> SessionPass:
        user = command.user
        if user.auth_provider != AuthProvider.LOCAL:
            raise NoLocalPassword
        attempt = attempt_password_proof(user.id)
        if not is_password_of(user, command.current_password):
            raise WrongPassword
        attempt.was_right()
        if problems := password_problems(
            command.new_password, email=user.email, username=user.profile.username
        ):
            raise InvalidInput(details={"new_password": problems})
        return self._change(command, make_password(command.new_password))

    @transaction.atomic
    def _change(self, command: ChangePasswordCommand, password_hash: str) -> SessionPass:
        user = lock_user(command.user.id)
        session = lock_session(command.session_id, user_id=user.id)
        if session is None or user.password != command.user.password:
            raise SessionEnded
        change_password(user, password_hash, but=session)
        renew_refresh_id(session)
        record_password_change(user)
        return pass_of(session, user)
