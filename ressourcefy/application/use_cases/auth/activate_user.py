"""Confirm the address of an account."""

from django.db import transaction

from application.dto.commands import ActivateUserCommand
from application.dto.events import AggregateType, EventType
from application.dto.results import ActivatedUser
from application.exceptions import ActivationTokenExpired, ActivationTokenInvalid
from application.services.attempts import count_activation
from core.outbox import emit_event
from core.services.audit import audit_change
from core.tokens import Purpose, TokenExpired, TokenInvalid
from users.models import User
from users.services.mail_tokens import account_named_in, user_for_activation


class ActivateUser:
    """Raises ActivationTokenInvalid, ActivationTokenExpired or TooManyRequests.

    A good token may be used again: that changes nothing, and the result says so.
    """

    def execute(self, command: ActivateUserCommand) -> ActivatedUser:
        count_activation(account_named_in(command.token, Purpose.ACTIVATION))
        return self._activate(command)

    @transaction.atomic
    def _activate(self, command: ActivateUserCommand) -> ActivatedUser:
        user = self._user_for(command.token)
        was_activated = user.is_activated
        if not was_activated:
            user.is_activated = True
            user.save(update_fields=["is_activated", "updated_at"])
            emit_event(
                AggregateType.USER,
                user.id,
                EventType.USER_ACTIVATED,
                {"user_id": str(user.id), "generation": user.activation_generation},
            )
            audit_change(
                entity=user,
                action="UPDATE",
                actor=user,
                before={"is_activated": False},
                after={"is_activated": True},
            )
        return ActivatedUser(
            was_activated=was_activated, onboarding_step=user.get_onboarding_step()
        )

    def _user_for(self, token: str) -> User:
        try:
            return user_for_activation(token)
        except TokenExpired as error:
            raise ActivationTokenExpired from error
        except TokenInvalid as error:
            raise ActivationTokenInvalid from error
