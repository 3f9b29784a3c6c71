"""Set a new password with a token from a mail."""

from django.contrib.auth.hashers import make_password
from django.db import transaction

from application.dto.commands import ConfirmPasswordResetCommand
from application.exceptions import ResetTokenInvalid
from application.services.attempts import count_reset_confirmation, open_sign_in
from application.services.password_changes import record_password_change
from core.exceptions import InvalidInput
from core.tokens import Purpose, TokenExpired, TokenInvalid
from users.models import User
from users.services.mail_tokens import account_named_in, user_for_password_reset
from users.services.passwords import change_password, password_problems


class ConfirmPasswordReset:
    """Raises ResetTokenInvalid, TooManyRequests, or InvalidInput for a password that is refused.

    A token works once, and ends all sessions. A refused password does not use it up. The owner can
    sign in afterwards, however many others have tried.
    """

    def execute(self, command: ConfirmPasswordResetCommand) -> None:
        count_reset_confirmation(account_named_in(command.token, Purpose.PASSWORD_RESET))
        # Hashed before the token is compared with the account: no lock is held meanwhile, and a
        # good token takes no longer than a bad one.
        open_sign_in(self._set(command, make_password(command.new_password)))

    @transaction.atomic
    def _set(self, command: ConfirmPasswordResetCommand, password_hash: str) -> str:
        user = self._user_for(command.token)
        if problems := password_problems(
            command.new_password, email=user.email, username=user.profile.username
        ):
            raise InvalidInput(details={"new_password": problems})
        change_password(user, password_hash)
        record_password_change(user)
        return user.email

    def _user_for(self, token: str) -> User:
        try:
            return user_for_password_reset(token)
        except (TokenExpired, TokenInvalid) as error:
            raise ResetTokenInvalid from error
