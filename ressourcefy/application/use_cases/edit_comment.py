"""Change the text of one's own comment."""

from django.db import transaction

from application.dto.commands import EditCommentCommand
from application.dto.events import AggregateType, EventType
from application.dto.results import EditedComment
from application.policies.comment_policy import can_edit_comment
from core.exceptions import AccessDenied
from core.outbox import emit_event
from core.services.audit import audit_change
from interactions.exceptions import CommentNotFound
from interactions.services.edit_comment import edit_comment
from interactions.services.find_comment import find_comment


class EditComment:
    """The same text again changes nothing.

    Raises CommentNotFound, for a deleted one as well, AccessDenied for anyone but the author, for a
    hidden one and where the right to its resource is gone, and InvalidAction or InvalidInput for
    what is no text of a comment.
    """

    @transaction.atomic
    def execute(self, command: EditCommentCommand) -> EditedComment:
        comment = find_comment(command.user, command.comment_id, for_change=True)
        if comment.is_deleted:
            raise CommentNotFound
        if not can_edit_comment(command.user, comment):
            raise AccessDenied("You cannot change this comment.")

        if edit_comment(comment, command.content):
            audit_change(
                entity=comment,
                action="UPDATE",
                actor=command.user,
                after={"changed": ["content"]},
            )
            emit_event(
                AggregateType.COMMENT,
                comment.pk,
                EventType.COMMENT_EDITED,
                {
                    "comment_id": str(comment.pk),
                    "resource_id": str(comment.resource_id),
                    "user_id": str(command.user.pk),
                },
            )
        return EditedComment(
            comment_id=comment.pk,
            resource_id=comment.resource_id,
            author_id=comment.author_id,
            parent_id=comment.parent_id,
            content=comment.content,
            created_at=comment.created_at,
            updated_at=comment.updated_at,
            edited_at=comment.edited_at,
        )
