"""Keep one's account after all, by the link in the mail about its deletion."""

from django.db import transaction

from application.dto.commands import RestoreOwnAccountCommand
from application.dto.events import EventType
from application.dto.results import AccountStanding
from application.exceptions import LinkNotValid
from application.services.standing_changes import record_standing
from core.tokens import TokenExpired, TokenInvalid
from users.services.mail_tokens import deleted_user_of


class RestoreOwnAccount:
    """The account is as it was; sessions and what it paid stay ended. Raises LinkNotValid."""

    @transaction.atomic
    def execute(self, command: RestoreOwnAccountCommand) -> AccountStanding:
        try:
            user = deleted_user_of(command.token, locked=True)
        except (TokenInvalid, TokenExpired) as error:
            raise LinkNotValid from error
        user.restore()
        record_standing(
            user,
            actor=user,
            event_type=EventType.USER_RESTORED,
            before={"is_deleted": True},
            after={"is_deleted": False},
        )
        return AccountStanding(
            user_id=user.id, is_active=user.is_active, is_deleted=False, changed=True
        )
