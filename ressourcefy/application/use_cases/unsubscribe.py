"""Turn one kind of mail off by the link in such a mail."""

from django.db import transaction

from application.dto.commands import UnsubscribeCommand
from application.dto.results import Unsubscribed
from application.exceptions import LinkNotValid
from application.services.notification_changes import record_choices
from core.tokens import TokenExpired, TokenInvalid
from users.exceptions import UserNotFound
from users.services.accounts import lock_user
from users.services.notifications import change_choices, unsubscription_named_in


class Unsubscribe:
    """Nobody has to be signed in; doing it again changes nothing. Raises LinkNotValid."""

    @transaction.atomic
    def execute(self, command: UnsubscribeCommand) -> Unsubscribed:
        try:
            user_id, kind = unsubscription_named_in(command.token)
            user = lock_user(user_id)
        except (TokenInvalid, TokenExpired, UserNotFound) as error:
            raise LinkNotValid from error
        row, before = change_choices(user, {kind: False})
        record_choices(row, actor=user, before=before, by_link=True)
        return Unsubscribed(kind=kind)
