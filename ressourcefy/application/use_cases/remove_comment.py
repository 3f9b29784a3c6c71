"""Take somebody's comment out of sight."""

from django.db import transaction

from application.dto.commands import RemoveCommentCommand
from application.dto.results import ContentStanding
from application.exceptions import AdministratorsOnly
from application.policies.account_policy import can_remove_content
from application.services.comment_standing import record_comment_standing
from interactions.services.find_comment import lock_comment


class RemoveComment:
    """Its replies stay.

    Raises AccessDenied, or CommentNotFound, for a deleted one as well.
    """

    @transaction.atomic
    def execute(self, command: RemoveCommentCommand) -> ContentStanding:
        if not can_remove_content(command.user):
            raise AdministratorsOnly
        comment = lock_comment(command.comment_id)

        comment.delete()
        record_comment_standing(comment, actor=command.user)
        return ContentStanding(object_id=comment.pk, is_deleted=True)
