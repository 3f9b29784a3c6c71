"""Keep a comment from readers, or let them see it again."""

from django.db import transaction

from application.dto.commands import ModerateCommentCommand
from application.dto.events import AggregateType, EventType
from application.dto.results import ModeratedComment
from application.policies.comment_policy import can_moderate, can_moderate_comment
from core.exceptions import AccessDenied
from core.outbox import emit_event
from core.services.audit import audit_change
from interactions.exceptions import CommentNotFound
from interactions.services.find_comment import find_comment
from interactions.services.moderate_comment import hide_comment, unhide_comment


class ModerateComment:
    """For moderators and above. Replies stay; the author of a hidden comment can only delete it.

    Raises AccessDenied, CommentNotFound, for a deleted one as well, InvalidInput without a reason,
    and InvalidAction for one that is as wanted already.
    """

    @transaction.atomic
    def execute(self, command: ModerateCommentCommand) -> ModeratedComment:
        if not can_moderate(command.user):
            raise AccessDenied("Only moderators can do this.")
        comment = find_comment(command.user, command.comment_id, for_change=True)
        if comment.is_deleted:
            raise CommentNotFound
        if not can_moderate_comment(command.user, comment):
            raise AccessDenied("You cannot moderate this comment.")

        change = hide_comment if command.is_hidden else unhide_comment
        change(comment, moderator=command.user, reason=command.reason)
        audit_change(
            entity=comment,
            action="UPDATE",
            actor=command.user,
            before={"is_hidden": not command.is_hidden},
            after={"is_hidden": command.is_hidden},
        )
        emit_event(
            AggregateType.COMMENT,
            comment.pk,
            EventType.COMMENT_HIDDEN if command.is_hidden else EventType.COMMENT_UNHIDDEN,
            {
                "comment_id": str(comment.pk),
                "resource_id": str(comment.resource_id),
                "user_id": str(command.user.pk),
            },
        )
        return ModeratedComment(
            comment_id=comment.pk, resource_id=comment.resource_id, is_hidden=command.is_hidden
        )
