"""Ask for a mail that lets one choose a new password."""

from django.db import transaction

from application.dto.commands import RequestPasswordResetCommand
from application.dto.events import AggregateType, EventType
from application.services.attempts import count_reset_request, may_mail_reset_link
from core.outbox import emit_event
from core.services.audit import audit_change
from users.services.accounts import accounts_with_password, user_or_nobody
from users.services.mail_tokens import next_reset_generation


class RequestPasswordReset:
    """Ends the links sent before. Says nothing about the account, and takes as long for each.

    Raises TooManyRequests to whoever asks over and over. If many ask for one account, its owner
    has some mails and no more are sent: the newest link stays good, and the answer is the same.
    """

    def execute(self, command: RequestPasswordResetCommand) -> None:
        count_reset_request(command.email)
        self._request(command, is_mailed=may_mail_reset_link(command.email))

    @transaction.atomic
    def _request(self, command: RequestPasswordResetCommand, *, is_mailed: bool) -> None:
        owner = accounts_with_password(command.email).select_for_update(no_key=True).first()
        with user_or_nobody(owner if is_mailed else None) as user:
            generation = next_reset_generation(user)
            emit_event(
                AggregateType.USER,
                user.id,
                EventType.USER_PASSWORD_RESET_REQUESTED,
                {"user_id": str(user.id), "generation": generation},
            )
            audit_change(
                entity=user, action="UPDATE", actor=None, after={"reset_generation": generation}
            )
