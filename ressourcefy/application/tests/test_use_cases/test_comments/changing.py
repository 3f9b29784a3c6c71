"""What tests of comments share: changing, deleting and hiding them."""

from application.dto.commands import (
    DeleteCommentCommand,
    ModerateCommentCommand,
)
from application.dto.results import DeletedComment, ModeratedComment
from application.use_cases.delete_comment import DeleteComment
from application.use_cases.moderate_comment import ModerateComment
from core.models import OutboxEvent
from interactions.models import Comment
from resources.models import Resource
from users.models import User


def delete(comment: Comment, *, by: User) -> DeletedComment:
    return DeleteComment().execute(DeleteCommentCommand(user=by, comment_id=comment.pk))


def moderate(comment: Comment, *, by: User, is_hidden: bool, reason: str) -> ModeratedComment:
    return ModerateComment().execute(
        ModerateCommentCommand(user=by, comment_id=comment.pk, is_hidden=is_hidden, reason=reason)
    )


def hide(comment: Comment, *, by: User, reason: str = "An insult.") -> ModeratedComment:
    return moderate(comment, by=by, is_hidden=True, reason=reason)


def unhide(comment: Comment, *, by: User, reason: str = "A quotation.") -> ModeratedComment:
    return moderate(comment, by=by, is_hidden=False, reason=reason)


def fresh(comment: Comment) -> Comment:
    """The row as it is now, whatever its state."""
    found: Comment = Comment.all_objects.get(pk=comment.pk)
    return found


def count_on(comment: Comment) -> int:
    return Resource.objects.get(pk=comment.resource_id).comment_count


def emitted() -> list[str]:
    """The types of all events, in the order of emission."""
    return list(OutboxEvent.objects.order_by("seq").values_list("event_type", flat=True))
