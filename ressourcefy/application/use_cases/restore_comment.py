"""Bring a deleted comment back."""

from django.db import transaction

from application.dto.commands import RestoreCommentCommand
from application.dto.results import ContentStanding
from application.exceptions import AdministratorsOnly
from application.policies.account_policy import can_remove_content
from application.services.comment_standing import record_comment_standing
from interactions.services.find_comment import lock_comment


class RestoreComment:
    """Raises AccessDenied, or CommentNotFound unless the comment is deleted."""

    @transaction.atomic
    def execute(self, command: RestoreCommentCommand) -> ContentStanding:
        if not can_remove_content(command.user):
            raise AdministratorsOnly
        comment = lock_comment(command.comment_id, is_deleted=True)

        comment.restore()
        record_comment_standing(comment, actor=command.user)
        return ContentStanding(object_id=comment.pk, is_deleted=False)
