"""Ask for another activation mail."""

from django.db import transaction

from application.dto.commands import ResendActivationCommand
from application.dto.events import EventType
from application.services.activation_mails import free_mail_slot, request_activation_mail
from application.services.attempts import count_activation_mail_request
from core.services.audit import audit_change
from users.models import User
from users.services.accounts import accounts_with_password, user_or_nobody
from users.services.mail_tokens import next_activation_generation


class ResendActivation:
    """Ends the links sent before. Says nothing about the account, and takes as long for each.

    Raises TooManyRequests to whoever asks over and over.
    """

    def execute(self, command: ResendActivationCommand) -> None:
        count_activation_mail_request(command.email)
        self._request(command)

    @transaction.atomic
    def _request(self, command: ResendActivationCommand) -> None:
        waiting = (
            accounts_with_password(command.email)
            .filter(is_activated=False)
            .select_for_update(no_key=True)
            .first()
        )
        slot = free_mail_slot(waiting or User())
        with user_or_nobody(waiting if slot else None) as user:
            next_activation_generation(user)
            request_activation_mail(
                user, EventType.USER_ACTIVATION_REQUESTED, slot=slot or str(user.id)
            )
            audit_change(
                entity=user,
                action="UPDATE",
                actor=None,
                after={"activation_generation": user.activation_generation},
            )
