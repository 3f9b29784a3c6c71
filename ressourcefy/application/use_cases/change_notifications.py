"""Choose which mails one wants beside the necessary ones."""

from django.db import transaction

from application.dto.commands import ChangeNotificationsCommand
from application.dto.results import NotificationChoices
from application.services.notification_changes import record_choices
from users.services.accounts import lock_user
from users.services.notifications import change_choices, choices_of


class ChangeNotifications:
    """Raises UserNotFound for an account that was deleted a moment ago."""

    @transaction.atomic
    def execute(self, command: ChangeNotificationsCommand) -> NotificationChoices:
        user = lock_user(command.user.id)
        row, before = change_choices(user, command.changes)
        record_choices(row, actor=user, before=before)
        return NotificationChoices(wanted=choices_of(row))
