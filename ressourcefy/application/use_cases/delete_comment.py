"""Take one's own comment back."""

from django.db import transaction

from application.dto.commands import DeleteCommentCommand
from application.dto.results import DeletedComment
from application.policies.comment_policy import can_delete_comment
from application.services.comment_standing import record_comment_standing
from core.exceptions import AccessDenied
from interactions.services.find_comment import find_comment, lock_comment


class DeleteComment:
    """Soft: its replies stay. One's own words can be taken back from anywhere, also from a
    resource that one may not open any more.

    Raises CommentNotFound, for a deleted one as well, and AccessDenied for anyone but the author.
    """

    @transaction.atomic
    def execute(self, command: DeleteCommentCommand) -> DeletedComment:
        comment = lock_comment(command.comment_id)
        if not can_delete_comment(command.user, comment):
            # Somebody else's is not even there for who may not know of its resource.
            find_comment(command.user, command.comment_id)
            raise AccessDenied("Only the author can delete a comment.")

        comment.delete()
        record_comment_standing(comment, actor=command.user)
        return DeletedComment(comment_id=comment.pk, resource_id=comment.resource_id)
